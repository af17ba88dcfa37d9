// What quantities cost. Pure.
import { type Quantities, type QuantityKind, quantityColumns } from "../quantities.ts";
import { type ModelPrice, tierFactor } from "./model-price.ts";
import type { Prices } from "./price-list.ts";

/** What the price of an answer depends on, beside how much it used. */
export interface Billing {
  /** The model that answered. */
  model: string;
  /** As OpenAI told it with the answer. */
  tier: string | undefined;
  /** OpenAI's region, such as `eu`; undefined where it has none. */
  region: string | undefined;
  /** Milliseconds since 1970. */
  at: number;
}

/** Billionths of a US dollar, whole ones; undefined where the price of anything that was used is not known. */
export const costOf = (quantities: Quantities, billing: Billing, prices: Prices): number | undefined => {
  const found = prices.find(billing.model, billing.at);
  return found && costAt(quantities, billing, found.price);
};

/** The same at a price that was found. */
export const costAt = (
  quantities: Quantities,
  { tier, region }: Pick<Billing, "region" | "tier">,
  price: ModelPrice,
): number | undefined => {
  const ofTier = tierFactor(price, tier);
  if (ofTier === undefined) return undefined;
  const factor = ofTier * (region === undefined ? 1 : (price.regional ?? 1));
  const { longContext } = price;
  const isLong = longContext !== undefined && inputOf(quantities) > longContext.above_tokens;
  let cost = 0;
  for (const kind of kinds) {
    const quantity = quantities[kind];
    if (quantity === 0) continue;
    const each = price.nanoUsdFor.get(kind);
    if (each === undefined) return undefined;
    const context = isLong ? (outputs.has(kind) ? longContext.out : longContext.in) : 1;
    cost += quantity * each * factor * context;
  }
  const rounded = Math.round(cost);
  return Number.isSafeInteger(rounded) ? rounded : undefined;
};

const kinds = Object.keys(quantityColumns) as QuantityKind[];
const outputs = new Set<QuantityKind>(["textOut", "audioOut", "imageOut"]);

const inputOf = (used: Quantities): number =>
  used.textIn +
  used.textCached +
  used.textCacheWrites +
  used.audioIn +
  used.audioCached +
  used.imageIn +
  used.imageCached;
