// One supervised voice session as it is kept: who has it, what it may use, what it has used, and how it stands.
import type { Caller } from "../auth/caller.ts";
import type { JsonRecord } from "../json/record.ts";
import type { SessionSettings, SupervisionKind } from "../profiles/supervision.ts";

/** OpenAI's interface: Realtime, or GPT-Live. */
export type VoiceInterface = "live" | "realtime";

/** How audio flows: from the browser to OpenAI directly, or through this service. */
export type Carriage = "webrtc" | "websocket";

/**
 * `opening`: booked, not yet created at OpenAI. `open`: created. `ending`: OpenAI was told to end it, and has not confirmed.
 * `ended`: proven to be over, or beyond the time at which OpenAI ends it itself.
 */
export type SessionState = "ended" | "ending" | "open" | "opening";

/** Why a session ended. */
export type EndReason =
  /** The page, or the caller, ended it. */
  | "hung-up"
  /** Nothing was heard of the browser any more, or it never came. */
  | "caller-left"
  /** The limit that was reached. */
  | "budget"
  | "cost"
  | "duration"
  | "idle"
  | "minutes"
  | "tokens"
  /** An operator ended it, or disabled the user. */
  | "operator"
  | "user-disabled"
  /** The page changed the session again and again, or answered in the service's place. */
  | "altered"
  | "moderation"
  /** It could not be watched over. */
  | "sideband-lost"
  /** OpenAI ended it. */
  | "closed-by-openai"
  | "expired"
  /** It could not be started. */
  | "not-started";

/** What a session has used so far. */
export interface SessionTotals {
  responses: number;
  tokens: number;
  /** Billionths of a US dollar; what has no known price is left out. */
  costNanoUsd: number;
  /** Voice time as OpenAI counts it; 0 where it counts tokens. */
  voiceSeconds: number;
  /** Time in which the service could not see the session; it is charged by the clock. */
  unseenSeconds: number;
}

export interface VoiceSession {
  /** Ours: `vs_…`. */
  id: string;
  interface: VoiceInterface;
  carriage: Carriage;
  state: SessionState;
  caller: Caller;
  profile: string;
  model: string | undefined;
  supervision: Exclude<SupervisionKind, "none">;
  /** As the profile had them when it began. */
  voice: SessionSettings;
  /** The session object that OpenAI was given: what is put right is put back to this. */
  session: JsonRecord;
  tags: readonly string[];
  /** OpenAI's id, `rtc_…` or `live_…`; undefined until it is created. */
  callId: string | undefined;
  /** The name of the key that it was created with. */
  upstreamKey: string | undefined;
  /** Milliseconds since 1970. */
  openedAt: number;
  /** When it will be ended at the latest. */
  endsAt: number;
  /** When something was last said in it. */
  activeAt: number;
  endedAt: number | undefined;
  reason: EndReason | undefined;
  /** The reason for which another replica, or a command, asked its owner to end it. */
  endRequested: EndReason | undefined;
  totals: SessionTotals;
  /** The replica that watches over it; undefined where none does at the moment. */
  owner: string | undefined;
  /** Raised with each change of the owner: the one before may write nothing any more. */
  term: number;
  /** Of the secret with which its page calls tools and asks how it stands. */
  grantHash: string;
}
