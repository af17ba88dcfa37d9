// What happens in voice sessions that the service watches over, as one typed event each.
import type { Spent } from "../usage/quantities.ts";
import type { EventCaller } from "./event-caller.ts";

interface OfSession {
  /** Milliseconds since 1970. */
  at: number;
  /** `vs_…` */
  sessionId: string;
  caller: EventCaller;
  profile: string;
  model: string | undefined;
  upstreamKey: string | undefined;
  tags: readonly string[];
}

/** A voice session began that the service watches over. */
export interface SessionBegan extends OfSession {
  kind: "session-began";
  interface: "live" | "realtime";
  supervision: string;
  /** `rtc_…` or `live_…` */
  callId: string;
}

/** OpenAI told what a part of a session used, or the clock did. */
export interface VoiceMetered extends OfSession {
  kind: "voice-metered";
  /** Of the session's part: a response, a transcription, a span of time. The same on each replica that meters it, so it is booked once. */
  usageId: string;
  of: "backend" | "response" | "transcription" | "unseen-time" | "voice-time";
  spent: Spent;
}

/** Once for each session. */
export interface SessionEnded extends OfSession {
  kind: "session-ended";
  reason: string;
  seconds: number;
  tokens: number;
  /** Billionths of a US dollar. */
  costNanoUsd: number;
}

/** Another replica watches over a session now, or OpenAI does not let the service join, or confirm that it is over. */
export interface SessionTrouble extends OfSession {
  kind: "session-trouble";
  what: "adopted" | "altered" | "not-ended" | "sideband-back" | "sideband-lost";
  cause?: unknown;
}

export type VoiceEvent = SessionBegan | SessionEnded | SessionTrouble | VoiceMetered;
