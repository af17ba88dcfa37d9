// Every entry of the price list can be what a model costs.
import { describe, expect, test } from "vitest";
import { type LiteLlmList, withNewPrices } from "../../scripts/price-list/litellm.ts";
import { openAiPriceList } from "../../server/compose/prices.ts";
import { modelPriceSchema } from "../../server/usage/prices/model-price.ts";
import type { PriceList } from "../../server/usage/prices/price-list.ts";

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

describe("what LiteLLM's list says", () => {
  const list: PriceList = {
    checked: "2026-11-01",
    sources: [],
    models: {
      old: [{ text_in: 2, text_out: 8 }],
      ours: [{ source: "https://openai.com/", text_in: 3 }],
      "gone-there": [{ text_in: 1 }],
    },
  };
  const entry = {
    litellm_provider: "openai",
    mode: "chat",
    input_cost_per_token: 1e-6,
    output_cost_per_token: 4e-6,
  };
  const updatedBy = (theirs: Record<string, object>) =>
    withNewPrices(list, theirs as LiteLlmList, "2026-11-21");

  test("becomes a price from that day on, and the old one stays", () => {
    const { list: updated, changed } = updatedBy({ old: entry });
    expect(changed).toEqual(["old"]);
    expect(updated.models.old).toEqual([
      { text_in: 2, text_out: 8 },
      { from: "2026-11-21", text_in: 1, text_out: 4 },
    ]);
    expect(updated).toMatchObject({ checked: "2026-11-21", models: { "gone-there": [{ text_in: 1 }] } });
    expect(withNewPrices(updated, { old: entry }, "2026-11-21").changed).toEqual([]);
  });

  test("is taken over with its factors, those that can be", () => {
    const { list: updated } = updatedBy({
      new: {
        ...entry,
        ...{
          cache_read_input_token_cost: 1e-7,
          input_cost_per_token_flex: 5e-7,
          input_cost_per_token_priority: 5e-5,
        },
        ...{ input_cost_per_token_above_272k_tokens: 2e-6, output_cost_per_token_above_272k_tokens: 6e-6 },
        regional_processing_uplift_multiplier_eu: 1.1,
      },
      "new-2026-01-01": entry,
      "new-2026-02-02": { ...entry, input_cost_per_token: 9e-6 },
      hears: { litellm_provider: "openai", mode: "audio_transcription", input_cost_per_second: 0.0001 },
    });
    expect(updated.models).toMatchObject({
      new: [
        {
          ...{ text_in: 1, text_cached: 0.1, text_out: 4, tiers: { flex: 0.5 }, regional: 1.1 },
          long_context: { above_tokens: 272_000, in: 2, out: 1.5 },
        },
      ],
      "new-2026-02-02": [{ text_in: 9 }],
      hears: [{ minute: 0.006 }],
    });
    expect(updated.models["new-2026-01-01"]).toBeUndefined();
  });

  test("changes nothing that was looked up at OpenAI, and takes no other company's models", () => {
    const others = {
      "azure/old": entry,
      llama: { ...entry, litellm_provider: "groq" },
      free: { litellm_provider: "openai" },
    };
    expect(updatedBy({ ours: entry, ...others }).changed).toEqual([]);
  });
});
