// The emulator's answer to a text request, and its usage.
import { inventArguments, inventValue } from "../schema/invent.ts";
import { concludeWith } from "../script/conclude.ts";
import type { Turn } from "../script/script.ts";
import type { Ask, Said, TextTool } from "./conversation.ts";

export interface Reply {
  text: string | undefined;
  refusal: string | undefined;
  calls: readonly { name: string; arguments: string }[];
  /** Whether the text ends where the request's limit of tokens is reached. */
  cut: boolean;
  inputTokens: number;
  outputTokens: number;
}

type Words = Pick<Reply, "text" | "refusal" | "calls">;

const CHARACTERS_PER_TOKEN = 4;

/** Four characters count as a token. */
export const tokensIn = (text: string): number => Math.max(1, Math.ceil(text.length / CHARACTERS_PER_TOKEN));

/**
 * By the script's turn for this message of the user, where there is one. Otherwise a user's message leads to a tool's call, a tool's
 * output to a sentence about it, and anything else to "You said: " and the last message, so that a test can match answers to requests.
 */
export const replyTo = (ask: Ask, turns: readonly Turn[]): Reply => {
  const { text: whole, refusal, calls } = answer(ask, turnFor(ask.said, turns));
  const longest = (ask.maxOutput ?? Number.POSITIVE_INFINITY) * CHARACTERS_PER_TOKEN;
  const cut = whole !== undefined && whole.length > longest;
  const text = cut ? whole.slice(0, longest) : whole;
  const output = [text, refusal, ...calls.map((call) => call.name + call.arguments)];
  return { text, refusal, calls, cut, inputTokens: inputTokens(ask), outputTokens: tokensOf(output) };
};

const answer = (ask: Ask, turn: Turn | undefined): Words => {
  const outputs = latestOutputs(ask.said);
  const mustCall = ask.toolChoice.mode === "required" || ask.toolChoice.mode === "named";
  if (turn?.calls && outputs.length === 0) {
    const calls = turn.calls.map((call) => ({ name: call.name, arguments: asJson(call.arguments) }));
    return { text: turn.preamble, refusal: undefined, calls };
  }
  if (turn?.refuses !== undefined) return { text: undefined, refusal: turn.refuses, calls: [] };
  if (turn?.says !== undefined) return say(concludeWith(outputs, turn.says));
  const tool = outputs.length === 0 || mustCall ? chosenTool(ask) : undefined;
  if (tool) {
    const call = { name: tool.name, arguments: JSON.stringify(inventArguments(tool.parameters)) };
    return { text: undefined, refusal: undefined, calls: [call] };
  }
  return say(
    inFormat(ask, outputs.length > 0 ? concludeWith(outputs) : `You said: ${ask.said.at(-1)?.text ?? ""}`),
  );
};

const say = (text: string): Words => ({ text, refusal: undefined, calls: [] });

const inFormat = ({ format }: Ask, text: string): string => {
  switch (format.type) {
    case "text":
      return text;
    case "json_object":
      return JSON.stringify({ answer: text });
    case "json_schema":
      return JSON.stringify(inventValue(format.schema));
  }
};

/** The tool to call: the one that must be, else the one that the user's latest message names, else the first. */
const chosenTool = ({ tools, toolChoice, said }: Ask): TextTool | undefined => {
  if (toolChoice.mode === "none") return undefined;
  if (toolChoice.mode === "named") return tools.find(({ name }) => name === toolChoice.name);
  const open = tools.filter(({ name }) => toolChoice.among?.includes(name) ?? true);
  const latest = said.findLast(({ by }) => by === "user")?.text ?? "";
  return open.find(({ name }) => latest.includes(name)) ?? open[0];
};

// The n-th message of the user takes the n-th turn: the request itself says how far the conversation is.
const turnFor = (said: readonly Said[], turns: readonly Turn[]): Turn | undefined =>
  turns[said.filter(({ by }) => by === "user").length - 1];

/** What the tools answered to the latest message of the user. */
const latestOutputs = (said: readonly Said[]): string[] => {
  const from = said.findLastIndex(({ by }) => by === "user");
  return said.slice(from + 1).flatMap(({ by, text }) => (by === "tool" ? [text] : []));
};

const inputTokens = ({ said, tools, format }: Ask): number => {
  const tooling = tools.length > 0 ? tokensIn(JSON.stringify(tools)) : 0;
  const schema = format.type === "json_schema" ? tokensIn(JSON.stringify(format.schema)) : 0;
  return tokensIn(said.map(({ text }) => text).join("\n")) + tooling + schema;
};

const tokensOf = (output: readonly (string | undefined)[]): number => {
  const parts = output.filter((part) => part !== undefined);
  return parts.reduce((sum, part) => sum + tokensIn(part), 0);
};

const asJson = (args: Record<string, unknown> | string): string =>
  typeof args === "string" ? args : JSON.stringify(args);

const PIECE = 16;

/** The pieces in which text is streamed: words; of JSON, parts of it as long as a few tokens. */
export const piecesOf = (text: string, isJson: boolean): string[] => {
  if (!isJson) return text.match(/\s*\S+\s*/g) ?? [text];
  return Array.from({ length: Math.ceil(text.length / PIECE) }, (_, at) =>
    text.slice(at * PIECE, (at + 1) * PIECE),
  );
};
