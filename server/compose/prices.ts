// Prices and what answers cost: OpenAI's list, with what broker.yaml says in its place.
import type { Clock } from "../clock.ts";
import type { Config } from "../config/load.ts";
import type { Log } from "../observe/log.ts";
import { connectAddresses } from "../upstream/upstream.ts";
import openAiPrices from "../usage/prices/openai-prices.json" with { type: "json" };
import { createPrices, type PriceList, type Prices } from "../usage/prices/price-list.ts";
import { type SpentOn, spentWith } from "../usage/spent.ts";
import { upstreamKeysOf } from "./upstream-keys.ts";

/** The list as it is shipped. */
export const openAiPriceList: PriceList = openAiPrices;

interface Ports {
  clock: Pick<Clock, "now">;
  log: Log;
}

/** What broker.yaml says; opens nothing. */
export const pricePolicy = (config: Config, { clock, log }: Ports): { prices: Prices; spentOn: SpentOn } => {
  const prices = createPrices(openAiPriceList, config.prices);
  const regions = new Map(
    upstreamKeysOf(config).map(({ name, base_url: url }) => [name, regionOf(connectAddresses(url).webrtc)]),
  );
  const spentOn = spentWith({
    prices,
    now: clock.now,
    regionOf: (key) => regions.get(key),
    onUnknown: nameOnce(log),
  });
  return { prices, spentOn };
};

/** `https://eu.api.openai.com/v1` → `eu`. */
const regionOf = (url: string): string | undefined =>
  /^([a-z]+)\.api\.openai\.com$/.exec(new URL(url).hostname)?.[1];

/** Callers may name models at servers that take any: so many are named in the log. */
const MOST_NAMED = 100;
const LONGEST_NAME = 100;

const nameOnce = (log: Log): ((unknown: { model: string; tier: string | undefined }) => void) => {
  const named = new Set<string>();
  return ({ model, tier }) => {
    const key = `${model.slice(0, LONGEST_NAME)} ${tier?.slice(0, LONGEST_NAME)}`;
    if (named.size >= MOST_NAMED || named.has(key)) return;
    named.add(key);
    log.write("warn", "price-unknown", {
      model: model.slice(0, LONGEST_NAME),
      service_tier: tier?.slice(0, LONGEST_NAME),
      hint: "what it costs is not in the books; set prices.models in broker.yaml",
    });
  };
};
