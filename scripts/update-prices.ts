// `node scripts/update-prices.ts FILE [--from 2026-11-21]`: takes OpenAI's prices from a copy of LiteLLM's list
// (model_prices_and_context_window.json of BerriAI/litellm) into the price list. What changed is added as a price that holds from
// that day on; old prices stay, and so do those that have a source of their own.
import { readFileSync, writeFileSync } from "node:fs";
import { parseArgs } from "node:util";
import list from "../server/usage/prices/openai-prices.json" with { type: "json" };

type Price = Record<string, unknown>;
type Entry = Readonly<Record<string, unknown>>;

const { values, positionals } = parseArgs({ options: { from: { type: "string" } }, allowPositionals: true });
const today = new Date().toISOString().slice(0, 10);
const from = values.from ?? today;
const [file] = positionals;
if (file === undefined || !/^\d{4}-\d{2}-\d{2}$/.test(from)) {
  throw new Error("usage: node scripts/update-prices.ts FILE [--from YYYY-MM-DD]");
}

// USD for one token there, for a million here.
const perToken: Record<string, readonly string[]> = {
  text_in: ["input_cost_per_token"],
  text_cached: ["cache_read_input_token_cost"],
  text_cache_writes: ["cache_creation_input_token_cost"],
  text_out: ["output_cost_per_token"],
  audio_in: ["input_cost_per_audio_token"],
  // Old entries have the price of cached sound under the name of a write.
  audio_cached: ["cache_read_input_audio_token_cost", "cache_creation_input_audio_token_cost"],
  audio_out: ["output_cost_per_audio_token"],
  image_in: ["input_cost_per_image_token"],
  image_cached: ["cache_read_input_image_token_cost"],
  image_out: ["output_cost_per_image_token"],
};

const numberAt = (entry: Entry, ...names: readonly string[]): number | undefined =>
  names.map((name) => entry[name]).find((value) => typeof value === "number");

const round = (value: number): number => Number(value.toFixed(6));

const ratio = (entry: Entry, name: string): number | undefined => {
  const [plain, other] = [
    numberAt(entry, name.replace(/_(?:above|flex|priority|batches).*/, "")),
    numberAt(entry, name),
  ];
  const factor = plain && other !== undefined ? round(other / plain) : undefined;
  // OpenAI's factors are from a half to six: others there are mistakes.
  return factor !== undefined && factor >= 0.25 && factor <= 10 ? factor : undefined;
};

const present = (price: Price): Price =>
  Object.fromEntries(Object.entries(price).filter(([, value]) => value !== undefined));

const priceOf = (entry: Entry): Price => {
  const rates = Object.entries(perToken).map(([name, theirs]): [string, number | undefined] => {
    const each = numberAt(entry, ...theirs);
    return [name, each === undefined ? undefined : round(each * 1e6)];
  });
  const second = entry.mode === "audio_transcription" ? numberAt(entry, "input_cost_per_second") : undefined;
  const tiers = present({
    flex: ratio(entry, "input_cost_per_token_flex"),
    priority: ratio(entry, "input_cost_per_token_priority"),
    batch: ratio(entry, "input_cost_per_token_batches"),
  });
  const longIn = ratio(entry, "input_cost_per_token_above_272k_tokens");
  const longOut = ratio(entry, "output_cost_per_token_above_272k_tokens");
  return present({
    ...Object.fromEntries(rates),
    minute: second === undefined ? undefined : round(second * 60),
    tiers: Object.keys(tiers).length > 0 ? tiers : undefined,
    long_context: longIn && longOut ? { above_tokens: 272_000, in: longIn, out: longOut } : undefined,
    regional: numberAt(entry, "regional_processing_uplift_multiplier_eu"),
  });
};

const theirs: Record<string, Entry> = JSON.parse(readFileSync(file, "utf8"));
const ofOpenAi = Object.entries(theirs).filter(
  ([name, { litellm_provider }]) =>
    !name.includes("/") && (litellm_provider === "openai" || litellm_provider === "text-completion-openai"),
);
const prices = new Map(ofOpenAi.map(([name, entry]) => [name, priceOf(entry)]));
const hasRate = (price: Price): boolean =>
  Object.keys(price).some((name) => name in perToken || name === "minute");
/** Whether a price has all the rates of another one; its factors may differ. */
const hasAllOf = (one: Price = {}, other: Price): boolean =>
  Object.entries(other).every(
    ([name, value]) => !(name in perToken || name === "minute") || one[name] === value,
  );
const isSame = (one: Price | undefined, other: Price | undefined): boolean => {
  const sorted = (price: Price = {}) =>
    JSON.stringify(Object.entries({ ...price, from: undefined }).sort(([a], [b]) => (a < b ? -1 : 1)));
  return sorted(one) === sorted(other);
};

const models: Record<string, Price[]> = structuredClone(list.models);
const changes: string[] = [];
for (const [name, price] of prices) {
  const known = models[name];
  const newest = known?.at(-1);
  const undated = name.replace(/-\d{4}-\d{2}-\d{2}$/, "");
  // A snapshot has its model's price unless it has one of its own.
  const ofModel = [prices.get(undated), models[undated]?.at(-1)];
  const isSnapshot = !known && undated !== name && ofModel.some((each) => hasAllOf(each, price));
  if (!hasRate(price) || isSnapshot || isSame(newest, price)) continue;
  if (newest?.source !== undefined || (typeof newest?.from === "string" && newest.from >= from)) continue;
  models[name] = known ? [...known, { from, ...price }] : [price];
  changes.push(name);
}
const sorted = Object.fromEntries(Object.entries(models).sort(([a], [b]) => (a < b ? -1 : 1)));
const written = { ...list, checked: from > list.checked ? from : list.checked, models: sorted };
const path = new URL("../server/usage/prices/openai-prices.json", import.meta.url);
writeFileSync(path, `${JSON.stringify(written, null, 2)}\n`);
process.stdout.write(
  changes.length > 0
    ? `New prices: ${changes.join(", ")}. Now: npx biome format --write server\n`
    : "Nothing is new.\n",
);
