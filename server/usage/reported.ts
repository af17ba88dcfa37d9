// What a page tells of its voice session: OpenAI's usage objects of several responses, and their sum. Pure.
import { z } from "zod";
import type { Usage } from "./usage.ts";

/** More than any response can have: no sum of reports grows beyond what a number holds. */
const MAX_TOKENS = 1_000_000;
const tokens = z.int().min(0).max(MAX_TOKENS).nullish();
const kinds = { text_tokens: tokens, audio_tokens: tokens, image_tokens: tokens };

/** `usage` of a `response.done`. Of what is not known here nothing is kept. */
export const realtimeUsageSchema = z.object({
  total_tokens: tokens,
  input_tokens: tokens,
  output_tokens: tokens,
  input_token_details: z
    .object({ ...kinds, cached_tokens: tokens, cached_tokens_details: z.object(kinds).nullish() })
    .nullish(),
  output_token_details: z.object(kinds).nullish(),
});

/** One usage object with the counts of all. */
export const sumUsage = (all: readonly z.output<typeof realtimeUsageSchema>[]): Usage => {
  const sum: Counts = {};
  for (const each of all) add(sum, each);
  return sum;
};

interface Counts {
  [name: string]: number | Counts;
}

const add = (sum: Counts, more: object): void => {
  for (const [name, value] of Object.entries(more) as [string, number | object | null | undefined][]) {
    if (typeof value === "number") sum[name] = Number(sum[name] ?? 0) + value;
    else if (value) {
      sum[name] ??= {};
      add(sum[name] as Counts, value);
    }
  }
};
