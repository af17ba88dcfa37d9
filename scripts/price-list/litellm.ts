// OpenAI's prices in LiteLLM's list, and what is new in them.
import type { ListedPrice, PriceList } from "../../server/usage/prices/price-list.ts";

type Entry = Readonly<Record<string, unknown>>;
type Price = ListedPrice;

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
  characters: ["input_cost_per_character"],
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

const present = (price: Readonly<Record<string, unknown>>): Price =>
  Object.fromEntries(Object.entries(price).filter(([, value]) => value !== undefined));

/** As our list has it. */
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

/** LiteLLM's list, by the model's name. */
export type LiteLlmList = Readonly<Record<string, Entry>>;

/**
 * Our list with what is new there, as prices that hold from that day on. Old prices stay, and so do those that have a source of their
 * own. A snapshot gets a price only where it is not its model's.
 */
export const withNewPrices = (
  list: PriceList,
  theirs: LiteLlmList,
  from: string,
): { list: PriceList; changed: readonly string[] } => {
  const prices = new Map(
    Object.entries(theirs)
      .filter(([name, { litellm_provider: provider }]) => !name.includes("/") && providers.has(provider))
      .map(([name, entry]) => [name, priceOf(entry)]),
  );
  const models: Record<string, readonly ListedPrice[]> = { ...list.models };
  const changed: string[] = [];
  for (const [name, price] of prices) {
    const known = models[name];
    const newest = known?.at(-1);
    const undated = name.replace(/-\d{4}-\d{2}-\d{2}$/, "");
    const ofModel = [prices.get(undated), models[undated]?.at(-1)];
    const isSnapshot = !known && undated !== name && ofModel.some((each) => hasAllOf(each, price));
    if (!hasRate(price) || isSnapshot || isSame(newest, price)) continue;
    if (newest?.source !== undefined || (newest?.from ?? "") >= from) continue;
    models[name] = known ? [...known, { from, ...price }] : [price];
    changed.push(name);
  }
  const sorted = Object.fromEntries(Object.entries(models).sort(([a], [b]) => (a < b ? -1 : 1)));
  return { list: { ...list, checked: from > list.checked ? from : list.checked, models: sorted }, changed };
};

const providers = new Set<unknown>(["openai", "text-completion-openai"]);

const isRate = (name: string): boolean => name in perToken || name === "minute";

const hasRate = (price: Price): boolean => Object.keys(price).some(isRate);

/** Whether a price has all the rates of another one; its factors may differ. */
const hasAllOf = (one: Price = {}, other: Price): boolean =>
  Object.entries(other).every(([name, value]) => !isRate(name) || one[name as keyof Price] === value);

const isSame = (one: Price | undefined, other: Price): boolean => {
  const sorted = (price: Price = {}) =>
    JSON.stringify(Object.entries({ ...price, from: undefined }).sort(([a], [b]) => (a < b ? -1 : 1)));
  return sorted(one) === sorted(other);
};
