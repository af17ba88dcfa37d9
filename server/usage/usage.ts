// What OpenAI says that an answer used, and the figures that the log and the metrics take from it. Pure.

import { inputTokensIn, outputTokensIn } from "./quantities.ts";
import { quantitiesOf } from "./quantities-of.ts";

/** OpenAI's usage object as it came: tokens, their details, or seconds of sound. */
export type Usage = Readonly<Record<string, unknown>>;

/** What an answer tells about itself. */
export interface ToldUsage {
  usage: Usage | undefined;
  /** The model that answered, with its date. */
  answeredModel: string | undefined;
  serviceTier: string | undefined;
  /** OpenAI's name of a response that runs in the background. */
  backgroundId?: string | undefined;
}

export interface TokenCounts {
  input: number;
  output: number;
  /** The part of the input that OpenAI had in its prompt cache. */
  cached: number;
}

/** The tokens of a usage object, in the words of any endpoint; undefined where it counts none, but seconds of sound. */
export const tokensOf = (usage: Usage): TokenCounts | undefined => {
  const used = quantitiesOf(usage);
  if (!used || used.seconds > 0) return undefined;
  const cached = used.textCached + used.audioCached + used.imageCached;
  return { input: inputTokensIn(used), output: outputTokensIn(used), cached };
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
