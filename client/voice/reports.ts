// What a voice session reports to its page.

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

/** Runs a tool. The model is given the message of a rejection. */
export type HandleTool = (
  call: { id: string; name: string; arguments: string },
  options: { signal: AbortSignal },
) => Promise<unknown>;
