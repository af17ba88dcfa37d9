// The emulator's text answer, and its usage.

export interface Reply {
  text: string;
  /** The text in the pieces in which it is streamed. */
  pieces: readonly string[];
  inputTokens: number;
  outputTokens: number;
}

/** Repeats the last message, so that a test can match answers to requests. Four characters count as a token. */
export const replyTo = (said: readonly string[]): Reply => {
  const text = `You said: ${said.at(-1) ?? ""}`;
  return {
    text,
    pieces: text.match(/\S+\s*/g) ?? [text],
    inputTokens: tokensIn(said.join("\n")),
    outputTokens: tokensIn(text),
  };
};

export const tokensIn = (text: string): number => Math.max(1, Math.ceil(text.length / 4));

/** The text of a message's content: a string, or parts of which some are text. */
export const textOf = (content: unknown): string => {
  if (typeof content === "string") return content;
  if (!Array.isArray(content)) return "";
  return content
    .map((part: unknown) => (isObject(part) && typeof part.text === "string" ? part.text : ""))
    .join("");
};

const isObject = (value: unknown): value is Record<string, unknown> =>
  typeof value === "object" && value !== null;
