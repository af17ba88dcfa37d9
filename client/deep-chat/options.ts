// Options and callbacks of the Deep Chat bridge.
import type { EphemeralKey } from "../answers.ts";
import type { HandleTool, ToolCallReport, TranscriptLine } from "../voice/reports.ts";
import type { SessionEnd } from "../voice/supervised.ts";
import type { VoiceError } from "../voice/voice-error.ts";

export type BridgeState = "idle" | "connecting" | "live" | "stopped" | "failed";

export interface DeepChatOptions {
  /** Constraints for the microphone. */
  audio?: boolean | MediaTrackConstraints;
  /** Start as soon as the element is drawn. Browsers may hold back sound until the user has clicked. */
  autoStart?: boolean;
  /** Time limit for connecting, from the opened microphone on. Default: 20 s. */
  connectTimeoutMs?: number;
  /** Style of the element where it has none of its own. Deep Chat fetches a font unless one is set. */
  style?: Partial<Record<"width" | "height" | "display" | "border" | "background" | "fontFamily", string>>;
  /** Names of the two buttons for screen readers. */
  labels?: Partial<Record<"start" | "stop" | "mute" | "unmute", string>>;
  /** Appearance: merged into Deep Chat's own `realtime` object (`avatar`, `buttons`, `loading`, `error`). */
  realtime?: Partial<Record<"avatar" | "buttons" | "loading" | "error", object>>;
  /** Whether to tell the broker what the session used, for its books. Default: where the broker asks for it. */
  reportUsage?: boolean;
  onState?(state: BridgeState): void;
  onKey?(key: EphemeralKey): void;
  onTranscript?(line: TranscriptLine): void;
  onToolCall?(call: ToolCallReport): void;
  /** The broker ended a session that it watches over: a limit, an operator, … The state is `stopped` then. */
  onEnd?(end: SessionEnd): void;
  /** Every event of OpenAI's, as it comes. */
  onEvent?(event: object): void;
  /** Problems, also soft ones, after which the session goes on. */
  onError?(problem: VoiceError): void;
  /** Runs a tool. Default: `broker.callTool`. */
  handleTool?: HandleTool;
}

export interface DeepChatBridge {
  /** Opens a session, unless one is open. Resolves when it is live or has ended; problems go to `onError`. */
  start(): Promise<void>;
  /** Ends the session, and closes microphone and connection. */
  stop(): void;
  /** Stops, and detaches from the element. */
  close(): void;
}
