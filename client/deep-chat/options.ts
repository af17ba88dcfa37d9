// What the developer may ask of the Deep Chat bridge, and what the bridge tells in return.
import type { EphemeralKey } from "../answers.ts";

export type BridgeState = "idle" | "connecting" | "live" | "stopped" | "failed";

export interface TranscriptLine {
  id: string;
  role: "user" | "assistant";
  /** All that is known of the line so far; may be empty at first, to keep the line's place in the order. */
  text: string;
  final: boolean;
}

export interface ToolCallReport {
  id: string;
  name: string;
  /** JSON text, as the model wrote it. */
  arguments: string;
  status: "running" | "answered" | "failed";
  /** What the tool answered, or `{ error }`. */
  answer?: unknown;
  milliseconds?: number;
}

export interface BridgeProblem {
  /** Words to show. */
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
  /** How long the connection may take once the microphone and the key are there; 20 s if left out. */
  connectTimeoutMs?: number;
  /** Style of the element, where its `style` says nothing. Deep Chat fetches a font unless one is set. */
  style?: Partial<Record<"width" | "height" | "display" | "border" | "background" | "fontFamily", string>>;
  /** What screen readers say for the two buttons. */
  labels?: Partial<Record<"start" | "stop" | "mute" | "unmute", string>>;
  /** Looks: merged into Deep Chat's own `realtime` object (`avatar`, `buttons`, `loading`, `error`). */
  realtime?: Partial<Record<"avatar" | "buttons" | "loading" | "error", object>>;
  onState?(state: BridgeState): void;
  onKey?(key: EphemeralKey): void;
  onTranscript?(line: TranscriptLine): void;
  onToolCall?(call: ToolCallReport): void;
  onError?(problem: BridgeProblem): void;
  /** Runs a tool; default: `broker.callTool`. A rejection tells the model what went wrong. */
  handleTool?(
    call: { id: string; name: string; arguments: string },
    options: { signal: AbortSignal },
  ): Promise<unknown>;
}

export interface DeepChatBridge {
  /** Opens a session, unless one is open. Resolves when it is live or has ended; problems go to `onError`. */
  start(): Promise<void>;
  /** Ends the session; microphone and connection are closed. */
  stop(): void;
  /** Stops, and lets go of the element. */
  close(): void;
}

type Listener = "onState" | "onKey" | "onTranscript" | "onToolCall" | "onError";

/** Tells the page's listener of that name, if there is one. */
export type Tell = <Name extends Listener>(
  name: Name,
  news: Parameters<NonNullable<DeepChatOptions[Name]>>[0],
) => void;
