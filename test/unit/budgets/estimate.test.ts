// What is reserved for a relayed request.
import { expect, it } from "vitest";
import { estimateRelay, type RelayedRequest } from "../../../server/budgets/estimate.ts";
import type { Quantities } from "../../../server/usage/quantities.ts";

/** One billionth of a dollar for a token of text in, ten for one out, a hundred for one of an image; one model has no price. */
const costOf = (model: string, { textIn, textOut, imageOut, images }: Quantities): number | undefined => {
  if (model === "unknown") return undefined;
  // Paid by the image: its tokens have no price.
  if (model === "dall-e") return textIn + textOut + imageOut > 0 ? undefined : 7000 * images;
  return textIn + 10 * textOut + 100 * imageOut;
};

const estimate = (request: Partial<RelayedRequest>) =>
  estimateRelay(
    {
      ...{ method: "POST", path: "/v1/chat/completions", model: "gpt-5-mini" },
      ...{ jsonBytes: 400, maxOutputTokens: 50, choices: 1, prompts: 1, ...request },
    },
    { costOf, outputTokens: 1000 },
  );
const amounts = (request: Partial<RelayedRequest>) => estimate(request).amounts;

it("a chat may use a quarter of its bytes, and the answer that it allows", () => {
  expect(amounts({})).toEqual({ requests: 1, tokens: 150, minutes: 0, cost_usd: 600 });
});

it("each of several answers counts", () => {
  expect(amounts({ choices: 3 }).tokens).toBe(250);
});

it("each of several prompts counts with all its answers, where a model takes several", () => {
  expect(amounts({ path: "/v1/completions", prompts: 20, choices: 3 }).tokens).toBe(100 + 20 * 3 * 50);
  expect(amounts({ prompts: 20 }).tokens).toBe(150);
});

it("a request for more answers than OpenAI makes holds no more than those", () => {
  expect(amounts({ choices: 1000 }).tokens).toBe(100 + 128 * 50);
  expect(amounts({ path: "/v1/images/edits", jsonBytes: 0, choices: 1000 }).tokens).toBe(10 * 4200);
});

it("a request that names no maximum gets the operator's", () => {
  expect(amounts({ maxOutputTokens: undefined }).tokens).toBe(1100);
});

it("pictures in a body are not taken for text without end", () => {
  expect(amounts({ jsonBytes: 40_000_000 }).tokens).toBe(128_050);
});

it("numbers that no model has are bounded", () => {
  const { tokens, cost_usd: cost } = amounts({
    ...{ path: "/v1/completions", prompts: 2048, choices: 1e30, maxOutputTokens: 1e300 },
  });
  expect(Number.isSafeInteger(tokens)).toBe(true);
  expect(Number.isSafeInteger(cost)).toBe(true);
});

it("a request for more than any model answers holds no more of a budget than the longest answer", () => {
  expect(amounts({ maxOutputTokens: 10_000_000 }).tokens).toBe(200_100);
});

it("making a conversation shorter is an answer too, and needs a price", () => {
  expect(amounts({ path: "/v1/responses/compact" }).tokens).toBe(150);
  expect(estimate({ path: "/v1/responses/compact", model: "unknown" }).unpricedModel).toBe("unknown");
});

it("an embedding has no answer in tokens, and a picture many", () => {
  expect(amounts({ path: "/v1/embeddings" }).tokens).toBe(100);
  expect(amounts({ path: "/v1/images/generations", choices: 2 })).toMatchObject({
    tokens: 8500,
    cost_usd: 840_100,
  });
});

it("a model that is paid by the image is priced by its images, and refused for nothing", () => {
  const picture = { path: "/v1/images/generations", model: "dall-e", choices: 2 };
  expect(estimate(picture)).toMatchObject({ amounts: { cost_usd: 14_000 }, unpricedModel: undefined });
  expect(estimate({ model: "dall-e" })).toMatchObject({ amounts: { cost_usd: 0 }, unpricedModel: undefined });
});

it("where no model answers, nothing but the request counts", () => {
  const nothing = { amounts: { requests: 1, tokens: 0, minutes: 0, cost_usd: 0 }, unpricedModel: undefined };
  expect(estimate({ method: "GET" })).toEqual(nothing);
  expect(estimate({ path: "/v1/files" })).toEqual(nothing);
  expect(estimate({ path: "/v1/moderations", model: "unknown" })).toEqual(nothing);
  expect(estimate({ path: "constructor" })).toEqual(nothing);
});

it("a model without a price is told, and its tokens count", () => {
  expect(estimate({ model: "unknown" })).toEqual({
    amounts: { requests: 1, tokens: 150, minutes: 0, cost_usd: 0 },
    unpricedModel: "unknown",
  });
});
