// Usage figures that add up: audio by its length as OpenAI counts it, text at about four characters a token.
import type { RealtimeResponseUsage } from "openai/resources/realtime/realtime";
import type { Item } from "./items.ts";

const USER_MS_PER_TOKEN = 100;
const ASSISTANT_MS_PER_TOKEN = 50;

export const textTokens = (text: string): number => Math.ceil(text.length / 4);
export const userAudioTokens = (ms: number): number => Math.ceil(ms / USER_MS_PER_TOKEN);
const assistantAudioTokens = (ms: number): number => Math.ceil(ms / ASSISTANT_MS_PER_TOKEN);

export interface Consumption {
  instructions: string;
  /** The input of the response. */
  items: readonly Item[];
  /** The part of it that is recorded speech. */
  heardMs: number;
  /** Whether the beginning was cached by an earlier response. */
  warm: boolean;
  output: readonly Item[];
  spokenMs: number;
}

/** The `usage` of a `response.done`. */
export const countUsage = (consumption: Consumption): RealtimeResponseUsage => {
  const text = textTokens(consumption.instructions) + sum(consumption.items.map(itemTokens));
  const audio = userAudioTokens(consumption.heardMs);
  // OpenAI's cache works in blocks of 64 tokens.
  const cached = consumption.warm ? Math.floor(textTokens(consumption.instructions) / 64) * 64 : 0;
  const outputText = sum(consumption.output.map(itemTokens));
  const outputAudio = assistantAudioTokens(consumption.spokenMs);
  return {
    total_tokens: text + audio + outputText + outputAudio,
    input_tokens: text + audio,
    output_tokens: outputText + outputAudio,
    input_token_details: {
      text_tokens: text,
      audio_tokens: audio,
      image_tokens: 0,
      cached_tokens: cached,
      cached_tokens_details: { text_tokens: cached, audio_tokens: 0, image_tokens: 0 },
    },
    output_token_details: { text_tokens: outputText, audio_tokens: outputAudio },
  };
};

const itemTokens = (item: Item): number => {
  if (item.type === "function_call") return textTokens(item.name + item.arguments) + 4;
  if (item.type === "function_call_output") return textTokens(item.output) + 4;
  if (item.type !== "message") return 0;
  return sum(item.content.map((part) => textTokens(wordsOf(part))));
};

const wordsOf = (part: { text?: string; transcript?: string }): string => part.text ?? part.transcript ?? "";

const sum = (numbers: number[]): number => numbers.reduce((total, number) => total + number, 0);
