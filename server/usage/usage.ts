// What OpenAI says that an answer used, and the figures that the log and the metrics take from it. Pure.

import { isJsonRecord } from "../json/record.ts";

/** OpenAI's usage object as it came: tokens, their details, or seconds of sound. */
export type Usage = Readonly<Record<string, unknown>>;

/** What an answer tells about itself. */
export interface ToldUsage {
  usage: Usage | undefined;
  /** The model that answered, with its date. */
  answeredModel: string | undefined;
  serviceTier: string | undefined;
}

export interface TokenCounts {
  input: number;
  output: number;
  /** The part of the input that OpenAI had in its prompt cache. */
  cached: number;
  total: number;
}

/** The tokens of a usage object, in the words of any endpoint; undefined where it counts none, but seconds of sound. */
export const tokensOf = (usage: Usage): TokenCounts | undefined => {
  const output = count(usage.completion_tokens) ?? count(usage.output_tokens) ?? 0;
  const told = count(usage.prompt_tokens) ?? count(usage.input_tokens);
  const total = count(usage.total_tokens);
  if (told === undefined && total === undefined) return undefined;
  const input = told ?? Math.max(0, (total ?? 0) - output);
  const details = usage.prompt_tokens_details ?? usage.input_tokens_details ?? usage.input_token_details;
  const cached = (isJsonRecord(details) ? count(details.cached_tokens) : undefined) ?? 0;
  return { input, output, cached, total: total ?? input + output };
};

/**
 * The model and the tokens to count in the metrics; undefined where OpenAI did not answer for the model: any other name may
 * be one that a caller invents, and would make a time series of its own.
 */
export const countedUsage = ({
  status,
  model,
  usage,
}: {
  status: number;
  model: string | undefined;
  usage: Usage | undefined;
}): { model: string; input: number; output: number } | undefined => {
  if (status !== 200 || model === undefined || !usage) return undefined;
  const { input = 0, output = 0 } = tokensOf(usage) ?? {};
  return { model, input, output };
};

const count = (value: unknown): number | undefined =>
  typeof value === "number" && Number.isSafeInteger(value) && value >= 0 ? value : undefined;
