// What is booked for one relayed answer.
import { describe, expect, it } from "vitest";
import { createPrices } from "../../../server/usage/prices/price-list.ts";
import { noQuantities } from "../../../server/usage/quantities.ts";
import { type BilledAnswer, spentWith } from "../../../server/usage/spent.ts";

const list = {
  checked: "2026-11-21",
  sources: [],
  models: {
    plain: [{ text_in: 1, text_out: 10, tiers: { flex: 0.5 }, regional: 1.1 }],
    speaking: [{ characters: 15 }],
    live: [{ minute: 0.05, regional: 1.1 }],
    behind: [{ text_in: 1, text_cached: 0.1, text_cache_writes: 2, text_out: 10 }],
    dear: [{ text_in: 100, text_out: 100 }],
  },
};

const answered: BilledAnswer = {
  ...{ method: "POST", path: "/v1/chat/completions", status: 200, cache: undefined, countsUsage: true },
  ...{ model: "plain", answeredModel: "plain-2026-01-01", serviceTier: "default", upstreamKey: "world" },
  usage: { prompt_tokens: 1000, completion_tokens: 100 },
};

const unknown: { model: string; tier: string | undefined }[] = [];
const spentOn = spentWith({
  prices: createPrices(list, { models: {}, tiers: {} }),
  now: () => 0,
  regionOf: (key) => (key === "europe" ? "eu" : undefined),
  onUnknown: (each) => unknown.push(each),
});
const costOf = (more: Partial<BilledAnswer>) => spentOn({ ...answered, ...more })?.costNanoUsd;

const nothing = { quantities: noQuantities, costNanoUsd: 0 };

it("an answer costs what its tokens cost", () => {
  const quantities = { ...noQuantities, textIn: 1000, textOut: 100 };
  expect(spentOn(answered)).toEqual({ quantities, costNanoUsd: 2_000_000 });
  expect(costOf({ serviceTier: "flex" })).toBe(1_000_000);
  expect(costOf({ upstreamKey: "europe" })).toBe(2_200_000);
});

it("the name that was asked for tells the price where the one that answered has none", () => {
  expect(costOf({ answeredModel: "m-17" })).toBe(2_000_000);
  expect(costOf({ answeredModel: undefined })).toBe(2_000_000);
  expect(costOf({ answeredModel: "dear" })).toBe(110_000_000);
  expect(costOf({ model: undefined, answeredModel: "dear" })).toBe(110_000_000);
});

it("a voice session costs what its seconds cost, and the model behind it what its tokens cost", () => {
  const live = { path: "/v1/live/sessions", model: "live", answeredModel: undefined, serviceTier: undefined };
  expect(spentOn({ ...answered, ...live, usage: { seconds: 45 } })).toEqual({
    quantities: { ...noQuantities, seconds: 45 },
    costNanoUsd: 37_500_000,
  });
  expect(costOf({ ...live, usage: { seconds: 33.4 }, upstreamKey: "europe" })).toBe(30_616_667);
  const usage = {
    input_tokens: 812,
    input_tokens_details: { cached_tokens: 512, cache_write_tokens: 100 },
    output_tokens: 31,
    total_tokens: 843,
  };
  expect(spentOn({ ...answered, ...live, answeredModel: "behind", usage })).toEqual({
    quantities: { ...noQuantities, textIn: 200, textCached: 512, textCacheWrites: 100, textOut: 31 },
    costNanoUsd: 200_000 + 51_200 + 200_000 + 310_000,
  });
});

describe("costs nothing", () => {
  it.each<[string, Partial<BilledAnswer>]>([
    ["a cached answer", { cache: "hit" }],
    ["a cached answer that tells no usage", { cache: "hit", usage: undefined, countsUsage: false }],
    ["an answer that another request pays for", { cache: "joined", countsUsage: false }],
    ["a refusal of OpenAI's", { status: 429, usage: undefined }],
    [
      "reading a stored response, which tells its usage again",
      { method: "GET", path: "/v1/responses/resp_1" },
    ],
    ["a request that OpenAI does not understand", { status: 400 }],
    ["removing a stored response", { method: "DELETE", path: "/v1/responses/resp_1", usage: undefined }],
    [
      "new metadata of a stored chat, which tells its usage again",
      { path: "/v1/chat/completions/chatcmpl-1" },
    ],
    ["the list of models", { method: "GET", path: "/v1/models", usage: undefined }],
    ["a moderation", { path: "/v1/moderations", usage: undefined }],
  ])("%s", (_, more) => {
    expect(spentOn({ ...answered, ...more })).toEqual(nothing);
  });
});

describe("is unknown", () => {
  it("what OpenAI told no usage of", () => {
    expect(spentOn({ ...answered, usage: undefined, countsUsage: false })).toBeUndefined();
    expect(spentOn({ ...answered, usage: { odd: true } })).toBeUndefined();
    expect(spentOn({ ...answered, path: "/v1/batches", usage: undefined })).toBeUndefined();
    expect(spentOn({ ...answered, path: "/proxy/v1/files", usage: undefined })).toBeUndefined();
  });

  it("the cost of a model or a tier without a price, which is named", () => {
    unknown.length = 0;
    expect(costOf({})).toBe(2_000_000);
    expect(costOf({ model: undefined, answeredModel: undefined })).toBeUndefined();
    expect(unknown).toEqual([]);
    const spent = spentOn({ ...answered, model: "other", answeredModel: "other" });
    expect(spent).toEqual({
      quantities: { ...noQuantities, textIn: 1000, textOut: 100 },
      costNanoUsd: undefined,
    });
    expect(costOf({ serviceTier: "scale" })).toBeUndefined();
    expect(unknown).toEqual([
      { model: "other", tier: "default" },
      { model: "plain-2026-01-01", tier: "scale" },
    ]);
  });
});

describe("speech that tells no usage", () => {
  const speech: Partial<BilledAnswer> = {
    ...{ path: "/v1/audio/speech", model: "speaking", answeredModel: undefined, usage: undefined },
  };

  it("costs what its characters cost, where these are billed", () => {
    expect(spentOn({ ...answered, ...speech, characters: 1000 })).toEqual({
      quantities: noQuantities,
      costNanoUsd: 15_000_000,
    });
    expect(costOf({ ...speech, characters: 7, status: 400 })).toBe(0);
  });

  it("has no known cost where they are not, or are not known", () => {
    expect(spentOn({ ...answered, ...speech, characters: 1000, model: "plain" })).toBe(undefined);
    expect(spentOn({ ...answered, ...speech })).toBe(undefined);
  });
});

it("a response in the background costs nothing to look at, and what it used with the answer that is counted", () => {
  const fetched = { method: "GET", path: "/v1/responses/resp_1", backgroundId: "resp_1" };
  expect(costOf(fetched)).toBe(2_000_000);
  expect(costOf({ ...fetched, countsUsage: false })).toBe(0);
  expect(costOf({ ...fetched, usage: undefined, countsUsage: false })).toBe(0);
  expect(spentOn({ ...answered, ...fetched, method: "POST", usage: undefined })).toBe(undefined);
});
