// Every entry of the price list can be what a model costs.
import { expect, test } from "vitest";
import { openAiPriceList } from "../../server/compose/prices.ts";
import { modelPriceSchema } from "../../server/usage/prices/model-price.ts";

const entries = Object.entries(openAiPriceList.models);

test.each(entries)("%s has prices in the form of broker.yaml, the oldest first", (_, prices) => {
  expect(prices.length).toBeGreaterThan(0);
  for (const { from, source, ...price } of prices) {
    expect(modelPriceSchema.safeParse(price).error).toBeUndefined();
    if (from !== undefined) expect(new Date(from).toISOString().slice(0, 10)).toBe(from);
    if (source !== undefined) expect(new URL(source).hostname).toMatch(/(?:^|\.)openai\.com$/);
  }
  const days = prices.map(({ from }) => from ?? "");
  expect(days).toEqual([...new Set(days)].sort());
});

test("cached input is never dearer than input, and a factor is one that OpenAI has", () => {
  for (const [name, prices] of entries) {
    for (const { text_in = 0, text_cached = 0, audio_in = 0, audio_cached = 0, tiers = {} } of prices) {
      expect(text_cached, name).toBeLessThanOrEqual(text_in);
      expect(audio_cached, name).toBeLessThanOrEqual(audio_in);
      for (const factor of Object.values(tiers)) expect(factor >= 0.25 && factor <= 10, name).toBe(true);
    }
  }
});

test("the list tells its day and its sources", () => {
  expect(openAiPriceList.checked).toMatch(/^20\d\d-\d\d-\d\d$/);
  expect(openAiPriceList.sources.length).toBeGreaterThan(0);
  expect(entries.length).toBeGreaterThan(80);
});
