// Options and callbacks of the Deep Chat bridge.
import type { EphemeralKey } from "../answers.ts";

export type BridgeState = "idle" | "connecting" | "live" | "stopped" | "failed";

export interface TranscriptLine {
  id: string;
  role: "user" | "assistant";
  /** The line so far. It may be empty at first, to reserve the line's place in the order. */
  text: string;
  final: boolean;
}

export interface ToolCallReport {
  id: string;
  name: string;
  /** JSON text, as the model wrote it. */
  arguments: string;
  status: "running" | "answered" | "failed";
  /** The tool's answer, or `{ error }`. */
  answer?: unknown;
  milliseconds?: number;
}

export interface BridgeProblem {
  /** A sentence to show. */
  message: string;
  /** True when the session goes on. */
  soft: boolean;
  cause?: unknown;
}

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
  onState?(state: BridgeState): void;
  onKey?(key: EphemeralKey): void;
  onTranscript?(line: TranscriptLine): void;
  onToolCall?(call: ToolCallReport): void;
  onError?(problem: BridgeProblem): void;
  /** Runs a tool. Default: `broker.callTool`. The model is given the message of a rejection. */
  handleTool?(
    call: { id: string; name: string; arguments: string },
    options: { signal: AbortSignal },
  ): Promise<unknown>;
}

export interface DeepChatBridge {
  /** Opens a session, unless one is open. Resolves when it is live or has ended; problems go to `onError`. */
  start(): Promise<void>;
  /** Ends the session, and closes microphone and connection. */
  stop(): void;
  /** Stops, and detaches from the element. */
  close(): void;
}

type Listener = "onState" | "onKey" | "onTranscript" | "onToolCall" | "onError";

/** Calls the page's listener of that name, if there is one. */
export type Notify = <Name extends Listener>(
  name: Name,
  value: Parameters<NonNullable<DeepChatOptions[Name]>>[0],
) => void;
