// What a relayed request may use before it is answered: from the size of its body, the output that it allows and its model. Pure.
import { noQuantities, type Quantities } from "../usage/quantities.ts";
import type { Amounts } from "./units.ts";

export interface RelayedRequest {
  method: string;
  /** A plain path under /v1. */
  path: string;
  /** As the request names it. */
  model: string | undefined;
  /** Bytes of a JSON body; 0 for others, whose files say nothing about tokens. */
  jsonBytes: number;
  /** The most tokens that it allows for an answer; undefined where it says nothing. */
  maxOutputTokens: number | undefined;
  /** How many answers it asks for, of each prompt. */
  choices: number;
  /** How many prompts it has; only the older completions take several. */
  prompts: number;
}

/** Billionths of a US dollar; undefined where the model has no known price. */
export type CostOf = (model: string, quantities: Quantities) => number | undefined;

export interface EstimatePorts {
  costOf: CostOf;
  /** Tokens of one answer where the request names no maximum. */
  outputTokens: number;
}

export interface RelayEstimate {
  amounts: Amounts;
  /** The model, where it would answer and has no known price. */
  unpricedModel: string | undefined;
}

const BYTES_OF_TOKEN = 4;
/** Images in a body have many bytes and few tokens. */
const MOST_INPUT_TOKENS = 128_000;
/** No answer is longer: OpenAI refuses requests for more at once, and none of them may hold what is left for many. */
const MOST_OUTPUT_TOKENS = 200_000;
type Output = "text" | "image" | "none";

/** OpenAI's own limits: it refuses more, which must not hold what is left for many. */
const MOST_CHOICES: Record<Output, number> = { text: 128, image: 10, none: 1 };
/** One image in high quality. */
const IMAGE_TOKENS = 4200;

/** Addresses at which a model answers, and with what. At others nothing is reserved. */
const outputs: Readonly<Record<string, Output>> = {
  "/v1/chat/completions": "text",
  "/v1/completions": "text",
  "/v1/responses": "text",
  "/v1/responses/compact": "text",
  "/v1/embeddings": "none",
  "/v1/images/generations": "image",
  "/v1/images/edits": "image",
  "/v1/images/variations": "image",
  "/v1/audio/speech": "none",
  "/v1/audio/transcriptions": "none",
  "/v1/audio/translations": "none",
};

export const estimateRelay = (
  request: RelayedRequest,
  { costOf, outputTokens }: EstimatePorts,
): RelayEstimate => {
  const { method, path, model } = request;
  const output = method === "POST" && Object.hasOwn(outputs, path) ? outputs[path] : undefined;
  if (output === undefined) return { amounts: nothing, unpricedModel: undefined };
  const prompts = path === "/v1/completions" ? request.prompts : 1;
  const choices = prompts * Math.max(1, Math.min(request.choices, MOST_CHOICES[output]));
  const texts = Math.min(request.maxOutputTokens ?? outputTokens, MOST_OUTPUT_TOKENS);
  const quantities = {
    ...noQuantities,
    textIn: Math.min(Math.ceil(request.jsonBytes / BYTES_OF_TOKEN), MOST_INPUT_TOKENS),
    textOut: output === "text" ? choices * texts : 0,
    imageOut: output === "image" ? choices * IMAGE_TOKENS : 0,
  };
  const cost = model === undefined ? 0 : estimatedCost(model, quantities, choices, costOf);
  return {
    amounts: { requests: 1, tokens: tokensIn(quantities), minutes: 0, cost_usd: Math.ceil(cost ?? 0) },
    unpricedModel: cost === undefined ? model : undefined,
  };
};

/** Undefined only where the model has no price at all: some are paid by the image or the minute, whatever their tokens. */
const estimatedCost = (
  model: string,
  quantities: Quantities,
  choices: number,
  costOf: CostOf,
): number | undefined => {
  const byImage = { ...noQuantities, images: quantities.imageOut > 0 ? choices : 0 };
  return costOf(model, quantities) ?? costOf(model, byImage) ?? costOf(model, noQuantities);
};

const nothing: Amounts = { requests: 1, tokens: 0, minutes: 0, cost_usd: 0 };

/** All tokens, whatever their kind. */
export const tokensIn = (quantities: Quantities): number => {
  const { seconds: _, images: __, ...tokens } = quantities;
  return Object.values(tokens).reduce((sum, count) => sum + count, 0);
};
