// Which price holds: what broker.yaml says goes before the list.
import { describe, expect, it } from "vitest";
import { parseInput } from "../../../../server/json/parse-input.ts";
import { createPrices, pricesSchema } from "../../../../server/usage/prices/price-list.ts";

const list = {
  checked: "2026-11-21",
  sources: [],
  models: {
    fast: [
      { text_in: 2, text_out: 4 },
      { from: "2026-10-01", text_in: 1, text_out: 2, tiers: { flex: 0.5 } },
    ],
    "fast-2026-01-01": [{ text_in: 9 }],
    "ft:fast": [{ text_in: 3 }],
  },
};
const NOW = Date.parse("2026-11-21");

const pricesWith = (prices: unknown) => createPrices(list, pricesSchema.parse(prices));
const inputPrice = (model: string, prices: unknown = {}, at = NOW) => {
  const nano = pricesWith(prices).find(model, at)?.price.nanoUsdFor.get("textIn");
  return nano === undefined ? undefined : nano / 1000;
};

describe("a model's price", () => {
  it("is the newest that holds", () => {
    expect(inputPrice("fast")).toBe(1);
    expect(inputPrice("fast", {}, Date.parse("2026-09-30"))).toBe(2);
  });

  it("is its own where a snapshot has one, else the model's", () => {
    expect(inputPrice("fast-2026-01-01")).toBe(9);
    expect(inputPrice("fast-2026-02-02")).toBe(1);
    expect(inputPrice("ft:fast-2026-02-02:acme::id1")).toBe(3);
    for (const name of ["fast-mini", "fast-2026-02-02-mini", "fast:large:v2"])
      expect(inputPrice(name)).toBeUndefined();
  });

  it("is unknown for names of JavaScript's own", () => {
    for (const name of ["constructor", "__proto__", "toString", ""]) expect(inputPrice(name)).toBeUndefined();
  });
});

describe("broker.yaml", () => {
  it("replaces all that the list has for a model, and for its snapshots", () => {
    const own = { models: { fast: { text_in: 7 } } };
    expect(inputPrice("fast", own)).toBe(7);
    expect(inputPrice("fast-2026-01-01", own)).toBe(7);
    expect(pricesWith(own).find("fast", NOW)).toMatchObject({ origin: "broker.yaml", name: "fast" });
    expect(pricesWith(own).find("fast", NOW)?.price.nanoUsdFor.get("textOut")).toBeUndefined();
    expect(inputPrice("ft:fast", own)).toBe(3);
  });

  it("adds models", () => {
    const names = pricesWith({ models: { aaa: { text_in: 1 }, zzz: { text_in: 1 } } }).names();
    expect(names).toEqual(["aaa", "fast", "fast-2026-01-01", "ft:fast", "zzz"]);
    expect(pricesWith({}).find("fast", NOW)?.origin).toBe("list");
    expect(inputPrice("our-llama", { models: { "our-llama": { text_in: 0.1 } } })).toBe(0.1);
  });

  it("has factors for all models, and for one", () => {
    const own = {
      tiers: { flex: 0.4, default: 0.9 },
      regional: 1.2,
      models: { own: { text_in: 1, tiers: { flex: 0.1 } } },
    };
    const prices = pricesWith(own);
    expect(Object.fromEntries(prices.find("fast", NOW)?.price.tiers ?? [])).toEqual({
      flex: 0.4,
      default: 0.9,
    });
    expect(prices.find("fast", NOW)?.price.regional).toBe(1.2);
    expect(prices.find("own", NOW)?.price.tiers.get("flex")).toBe(0.1);
  });

  it.each([
    ["a price below zero", { models: { m: { text_in: -1 } } }, "models.m.text_in"],
    ["a price as text", { models: { m: { text_in: "2 USD" } } }, "models.m.text_in"],
    ["a misspelt price", { models: { m: { text_in: 1, text_outt: 2 } } }, "models.m"],
    ["a model without any price", { models: { m: { tiers: { flex: 0.5 } } } }, "models.m"],
    ["a tier of a strange name", { tiers: { "Flex!": 1 } }, "tiers.Flex!"],
  ])("refuses %s", (_, prices, at) => {
    const parsed = parseInput(pricesSchema, prices);
    expect(parsed.error?.issues.map(({ path }) => path.join("."))).toEqual([at]);
  });
});
