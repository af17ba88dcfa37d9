// Options, reports and handle of `connectLive`.
import type { EphemeralKey } from "../answers.ts";
import type { TranscriptLine } from "../voice/reports.ts";
import type { VoiceError } from "../voice/voice-error.ts";

/** `ending`: the page has asked for the end, and the last words may still be heard. */
export type LiveState = "connecting" | "live" | "ending" | "ended" | "failed";

export interface LiveEnd {
  /**
   * `closed`: by the page. `service`: by the service, at a limit or by an operator. `expired`: by OpenAI, after an hour. `content`: by
   * OpenAI's moderation. `lost`: the network lost it.
   */
  reason: "closed" | "content" | "expired" | "lost" | "service";
  /** Why the service ended it, where that is known: `duration`, `idle`, `cost`, `operator`, … */
  serviceReason?: string | undefined;
  /** A sentence for the page's user. */
  userMessage: string;
  /** Whether a new session may be of use. A session that was lost can't be joined again, and a new one does not know what was said. */
  mayStartAgain: boolean;
}

export interface LiveOptions {
  /** Constraints for the microphone. Default: true. */
  microphone?: true | MediaTrackConstraints;
  /** Time limit for connecting, from the opened microphone on. Default: 20 s. */
  connectTimeoutMs?: number;
  /** Closes the session, also while it is being connected. */
  signal?: AbortSignal;
  onState?(state: LiveState): void;
  onKey?(key: EphemeralKey): void;
  /** Each line as it grows, and once as final. Both sides may speak at the same time. */
  onTranscript?(line: TranscriptLine): void;
  /** Problems after the start; the session goes on. */
  onError?(problem: VoiceError): void;
  /** Once, when a session that was live is over. */
  onEnd?(end: LiveEnd): void;
  /** Every event of OpenAI's that the profile lets the page see, as it comes. */
  onEvent?(event: object): void;
}

export interface LiveConnection {
  readonly state: LiveState;
  readonly muted: boolean;
  /** Mutes the microphone, or with `false` opens it again. */
  mute(muted?: boolean): void;
  /** Ends the session: asks OpenAI to, waits for its last words and its confirmation for 15 s at most, and closes the connection. */
  close(): Promise<void>;
}
