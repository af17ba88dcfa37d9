// Options, reports and handle of `connectRealtime`.
import type { EphemeralKey } from "../answers.ts";
import type { HandleTool, ToolCallReport, TranscriptLine } from "../voice/reports.ts";
import type { SessionEnd } from "../voice/supervised.ts";
import type { VoiceError } from "../voice/voice-error.ts";

export type RealtimeState = "connecting" | "live" | "reconnecting" | "stopped" | "failed";

export interface RealtimeOptions {
  /** Constraints for the microphone; false for a conversation in which the user only writes. Default: true. */
  microphone?: boolean | MediaTrackConstraints;
  /** Time limit for connecting, from the opened microphone on. Default: 20 s. */
  connectTimeoutMs?: number;
  /** How often a lost connection is made anew before it is given up. Default: 5; 0 for never. */
  reconnects?: number;
  /** Whether to tell the broker what the session used, for its books. Default: where the broker asks for it. */
  reportUsage?: boolean;
  /** Closes the session, also while it is being connected. */
  signal?: AbortSignal;
  onState?(state: RealtimeState): void;
  onKey?(key: EphemeralKey): void;
  onTranscript?(line: TranscriptLine): void;
  onToolCall?(call: ToolCallReport): void;
  /** Problems after the start, also soft ones, after which the session goes on. */
  onError?(problem: VoiceError): void;
  /** The broker ended a session that it watches over: a limit, an operator, … The state is `stopped` then. */
  onEnd?(end: SessionEnd): void;
  /** Every event of OpenAI's, as it comes. */
  onEvent?(event: object): void;
  /** Runs a tool. Default: `broker.callTool`. */
  handleTool?: HandleTool;
}

export interface RealtimeConnection {
  readonly state: RealtimeState;
  readonly muted: boolean;
  /** Mutes the microphone, or with `false` opens it again. */
  mute(muted?: boolean): void;
  /** Silences the assistant. */
  interrupt(): void;
  /** Says something in writing: interrupts the assistant, who then answers. */
  send(text: string): void;
  /** Sends an event of OpenAI's interface. While there is no connection it is dropped. */
  sendEvent(event: object): void;
  /** Ends the session, and releases the microphone. */
  close(): void;
}
