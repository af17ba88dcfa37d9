// Usage figures that add up: audio by its length as OpenAI counts it, text at about four characters a token.
import type { RealtimeResponseUsage } from "openai/resources/realtime/realtime";
import type { Tool } from "../session/session-schema.ts";
import type { Item } from "./items.ts";

const USER_MS_PER_TOKEN = 100;
const ASSISTANT_MS_PER_TOKEN = 50;

export const textTokens = (text: string): number => Math.ceil(text.length / 4);
export const userAudioTokens = (ms: number): number => Math.ceil(ms / USER_MS_PER_TOKEN);
const assistantAudioTokens = (ms: number): number => Math.ceil(ms / ASSISTANT_MS_PER_TOKEN);

export type InputTokens = NonNullable<RealtimeResponseUsage["input_token_details"]>;

export interface Consumption {
  instructions: string;
  tools: readonly Tool[];
  /** The input of the response. */
  items: readonly Item[];
  /** The part of it that is recorded speech. */
  heardMs: number;
  /** The input of the response before, the beginning of which is cached. */
  cached: InputTokens | undefined;
  output: readonly Item[];
  spokenMs: number;
}

export const noUsage: RealtimeResponseUsage = {
  ...{ total_tokens: 0, input_tokens: 0, output_tokens: 0 },
  input_token_details: { text_tokens: 0, audio_tokens: 0, image_tokens: 0, cached_tokens: 0 },
  output_token_details: { text_tokens: 0, audio_tokens: 0 },
};

/** The `usage` of a `response.done`. */
export const countUsage = (consumption: Consumption): RealtimeResponseUsage => {
  const { cached: before } = consumption;
  const told = textTokens(consumption.instructions) + sum(consumption.tools.map(toolTokens));
  const text = told + sum(consumption.items.map(itemTokens));
  const audio = userAudioTokens(consumption.heardMs);
  const image = sum(consumption.items.map(imageTokens));
  const cached = {
    text_tokens: cachedOf(text, before?.text_tokens),
    audio_tokens: cachedOf(audio, before?.audio_tokens),
    image_tokens: cachedOf(image, before?.image_tokens),
  };
  const outputText = sum(consumption.output.map(itemTokens));
  const outputAudio = assistantAudioTokens(consumption.spokenMs);
  return {
    total_tokens: text + audio + image + outputText + outputAudio,
    input_tokens: text + audio + image,
    output_tokens: outputText + outputAudio,
    input_token_details: {
      text_tokens: text,
      audio_tokens: audio,
      image_tokens: image,
      cached_tokens: cached.text_tokens + cached.audio_tokens + cached.image_tokens,
      cached_tokens_details: cached,
    },
    output_token_details: { text_tokens: outputText, audio_tokens: outputAudio },
  };
};

// OpenAI's cache works in blocks of 64 tokens.
const cachedOf = (now: number, before = 0): number => Math.floor(Math.min(now, before) / 64) * 64;

const toolTokens = (tool: Tool): number => textTokens(JSON.stringify(tool));

const imageTokens = (item: Item): number =>
  item.type !== "message"
    ? 0
    : sum(item.content.map((part) => (part.type === "input_image" ? tokensOfImage(part.detail) : 0)));

const tokensOfImage = (detail: string | undefined): number => (detail === "low" ? 85 : 765);

const itemTokens = (item: Item): number => {
  if (item.type === "function_call") return textTokens(item.name + item.arguments) + 4;
  if (item.type === "function_call_output") return textTokens(item.output) + 4;
  if (item.type !== "message") return 0;
  return sum(item.content.map((part) => textTokens(wordsOf(part))));
};

const wordsOf = (part: { text?: string; transcript?: string }): string => part.text ?? part.transcript ?? "";

const sum = (numbers: number[]): number => numbers.reduce((total, number) => total + number, 0);
