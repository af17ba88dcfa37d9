// What answers cost, as OpenAI's pages say it.
import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { openAiPriceList } from "../../../../server/compose/prices.ts";
import { costOf } from "../../../../server/usage/prices/cost.ts";
import { createPrices } from "../../../../server/usage/prices/price-list.ts";
import { noQuantities, type Quantities, quantityColumns } from "../../../../server/usage/quantities.ts";

const prices = createPrices(openAiPriceList, { models: {}, tiers: {} });
const TODAY = Date.parse("2026-11-21");

const usd = (
  model: string,
  used: Partial<Quantities>,
  { tier, region, at = TODAY }: { tier?: string; region?: string; at?: number } = {},
): number | undefined => {
  const nano = costOf({ ...noQuantities, ...used }, { model, tier, region, at }, prices);
  return nano === undefined ? undefined : nano / 1e9;
};

const M = 1_000_000;

describe("a million tokens cost what OpenAI's page says", () => {
  // https://developers.openai.com/api/docs/models/gpt-6-luna, https://developers.openai.com/api/docs/models/gpt-6.2-sol and others.
  it.each<[string, Partial<Quantities>, number]>([
    ["gpt-5", { textOut: M }, 10],
    ["gpt-5-2025-08-07", { textCached: M }, 0.125],
    ["gpt-4o-2024-05-13", { textOut: M }, 15],
    ["gpt-6.2-sol", { textCacheWrites: 200_000 }, 0.5],
    ["text-embedding-3-small", { textIn: M }, 0.02],
    ["gpt-realtime-2.1", { audioIn: M }, 32],
    ["gpt-realtime-2.1", { audioOut: M }, 64],
    ["gpt-realtime-2.1-mini", { audioCached: M }, 0.3],
    ["gpt-image-1", { imageOut: M }, 40],
    ["gpt-audio-mini", { textIn: M }, 0.6],
    ["omni-moderation-latest", { textIn: M }, 0],
  ])("%s: %o", (model, used, cost) => {
    expect(usd(model, used)).toBe(cost);
  });
});

it("a minute of a voice session or a transcript costs what OpenAI's page says", () => {
  expect(usd("gpt-live-1", { seconds: 3600 })).toBe(3);
  expect(usd("whisper-1", { seconds: 60 })).toBe(0.006);
});

it("each kind of token has its own price", () => {
  const used = { textIn: 1000, textCached: 2000, textCacheWrites: 400, textOut: 100 };
  // 1000 × 0.10 + 2000 × 0.01 + 400 × 0.125 + 100 × 0.50, for a million
  expect(usd("gpt-6-luna", used)).toBe(0.00022);
});

it("an answer of a faster or slower tier costs more or less", () => {
  const used = { textIn: 10_000, textOut: 1000 };
  expect(usd("gpt-6-luna", used)).toBe(0.0015);
  expect(usd("gpt-6-luna", used, { tier: "default" })).toBe(0.0015);
  expect(usd("gpt-6-luna", used, { tier: "flex" })).toBe(0.00075);
  expect(usd("gpt-6-luna", used, { tier: "priority" })).toBe(0.003);
  expect(usd("gpt-6-luna", used, { tier: "fast" })).toBe(0.003);
  expect(usd("gpt-6-luna", used, { tier: "scale" })).toBeUndefined();
});

it("a request beyond 272,000 tokens costs more as a whole", () => {
  expect(usd("gpt-6-luna", { textIn: 272_000, textOut: 1000 })).toBe(0.0277);
  expect(usd("gpt-6-luna", { textIn: 200_000, textCached: 72_001, textOut: 1000 })).toBeCloseTo(
    0.04219002,
    9,
  );
});

it.each([
  "textIn",
  "textCached",
  "textCacheWrites",
  "audioIn",
  "audioCached",
  "imageIn",
  "imageCached",
] as const)("%s is part of the input that makes a request long", (kind) => {
  const own = { text_in: 1, text_out: 1, audio_in: 1, long_context: { above_tokens: 100, in: 2, out: 3 } };
  const ofOwn = createPrices(openAiPriceList, { models: { own }, tiers: {} });
  const costWith = (tokens: number) =>
    costOf(
      { ...noQuantities, [kind]: tokens, textOut: 10 },
      { model: "own", tier: undefined, region: undefined, at: TODAY },
      ofOwn,
    );
  expect(costWith(100)).toBe((100 + 10) * 1000);
  expect(costWith(101)).toBe((101 * 2 + 10 * 3) * 1000);
});

it("OpenAI's regional addresses cost a tenth more, for newer models", () => {
  expect(usd("gpt-6-luna", { textIn: M - M / 2, textOut: 0 }, { region: "eu" })).toBeCloseTo(0.11, 9);
  expect(usd("gpt-5", { textOut: M }, { region: "eu" })).toBe(10);
});

it("an answer costs what its model cost on its day", () => {
  const used = { textIn: 100_000 };
  expect(usd("gpt-5.6-luna", used, { at: Date.parse("2026-07-29T23:59:59Z") })).toBe(0.1);
  expect(usd("gpt-5.6-luna", used, { at: Date.parse("2026-07-30T00:00:00Z") })).toBe(0.02);
});

it("what has no known price costs an unknown amount, not nothing", () => {
  expect(usd("gpt-unheard-of", { textIn: 1 })).toBeUndefined();
  // No price of a text model is known for images that it makes.
  expect(usd("gpt-5", { textIn: 1, imageOut: 1 })).toBeUndefined();
});

it("a cost is a whole number of nano-dollars, of any quantities", () => {
  const kinds = Object.keys(quantityColumns);
  const used = fc.dictionary(fc.constantFrom(...kinds), fc.integer({ min: 0, max: 1e9 }));
  const models = fc.constantFrom(...prices.names());
  fc.assert(
    fc.property(models, used, fc.constantFrom(undefined, "flex", "eu"), (model, some, tier) => {
      const billing = { model, tier, region: tier, at: TODAY };
      const cost = costOf({ ...noQuantities, ...some }, billing, prices);
      expect(cost === undefined || (Number.isSafeInteger(cost) && cost >= 0)).toBe(true);
    }),
  );
});
