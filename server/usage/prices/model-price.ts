// What one model costs: as the price list and broker.yaml write it, and as costs are reckoned from it. Pure.
import { z } from "zod";
import type { QuantityKind } from "../quantities.ts";

const usd = (doc: string, most: number) => z.number().min(0).max(most).describe(doc).optional();
const perMillion = (what: string) => usd(`USD for a million tokens of ${what}.`, 1_000_000);
/** Of a tier, a region or a long context, on what a request costs otherwise. */
export const factorSchema = z.number().min(0).max(100);

const rates = {
  text_in: perMillion("text that is sent"),
  text_cached: perMillion("text that OpenAI had in its prompt cache; as `text_in` where left out"),
  text_cache_writes: perMillion("text that OpenAI wrote to its prompt cache; as `text_in` where left out"),
  text_out: perMillion("text that the model wrote"),
  audio_in: perMillion("sound that is sent"),
  audio_cached: perMillion("sound that OpenAI had in its prompt cache; as `audio_in` where left out"),
  audio_out: perMillion("sound that the model made"),
  image_in: perMillion("images that are sent; as `text_in` where left out"),
  image_cached: perMillion("images that OpenAI had in its prompt cache; as `image_in` where left out"),
  image_out: perMillion("images that the model made"),
  minute: usd("USD for a minute, where OpenAI bills by time.", 10_000),
  image: usd("USD for an image, where OpenAI bills by the piece.", 10_000),
  characters: usd(
    "USD for a million characters of a text that is spoken, where OpenAI bills by these.",
    1_000_000,
  ),
};

const hasRate = (price: Readonly<Record<string, unknown>>): boolean =>
  Object.keys(rates).some((name) => price[name] !== undefined);

/** Prices in US dollars, without their date. */
export const modelPriceSchema = z
  .strictObject({
    ...rates,
    tiers: z
      .record(z.string().regex(/^[a-z_]{1,32}$/), factorSchema)
      .optional()
      .describe(
        "Factors by the service tier that OpenAI tells, such as `flex: 0.5`; `default` is the plain one.",
      ),
    long_context: z
      .strictObject({
        above_tokens: z.int().min(1).describe("Where the input has more tokens than this, …"),
        in: factorSchema.describe("… all of the input costs this many times as much, …"),
        out: factorSchema.describe("… and all of the output this many times."),
      })
      .optional()
      .describe("What long requests cost more."),
    regional: factorSchema.optional().describe("Factor at OpenAI's regional addresses, such as 1.1."),
  })
  .refine(hasRate, { error: "must have a price, such as `text_in`; 0 for what is free" });

export type WrittenPrice = z.output<typeof modelPriceSchema>;

/** What one model costs from some day on. */
export interface ModelPrice {
  /** Billionths of a US dollar for one token, second or image; kinds without a known price are missing. */
  nanoUsdFor: ReadonlyMap<QuantityKind, number>;
  /** The same for one character of a text that is spoken; undefined where they are not billed. */
  nanoUsdForCharacter: number | undefined;
  /** Factors by service tier. */
  tiers: ReadonlyMap<string, number>;
  longContext: WrittenPrice["long_context"];
  regional: number | undefined;
}

const NANO = 1e9;

/** The tier's one name: OpenAI calls the plain one by several, and renamed `priority` to `fast`. */
export const tierName = (tier: string | undefined): string => {
  if (tier === undefined || tier === "auto" || tier === "standard") return PLAIN_TIER;
  return tier === "fast" ? "priority" : tier;
};

/** The tier that prices without a factor are for. */
const PLAIN_TIER = "default";

/** The factor of a tier as OpenAI tells it; undefined where its price is not known. */
export const tierFactor = (
  { tiers }: Pick<ModelPrice, "tiers">,
  tier: string | undefined,
): number | undefined => {
  const name = tierName(tier);
  return tiers.get(name) ?? (name === PLAIN_TIER ? 1 : undefined);
};

/** Fills in what costs the same as something else. */
export const modelPriceOf = (written: WrittenPrice): ModelPrice => {
  const { text_in, audio_in, image_in = text_in } = written;
  const perToken: Partial<Record<QuantityKind, number | undefined>> = {
    textIn: text_in,
    textCached: written.text_cached ?? text_in,
    textCacheWrites: written.text_cache_writes ?? text_in,
    textOut: written.text_out,
    audioIn: audio_in,
    audioCached: written.audio_cached ?? audio_in,
    audioOut: written.audio_out,
    imageIn: image_in,
    imageCached:
      written.image_cached ?? (written.image_in === undefined ? written.text_cached : undefined) ?? image_in,
    imageOut: written.image_out,
  };
  const nanoUsdFor = new Map<QuantityKind, number>();
  const add = (kind: QuantityKind, price: number | undefined, pieces: number): void => {
    if (price !== undefined) nanoUsdFor.set(kind, (price * NANO) / pieces);
  };
  for (const [kind, price] of Object.entries(perToken)) add(kind as QuantityKind, price, 1_000_000);
  add("seconds", written.minute, 60);
  add("images", written.image, 1);
  return {
    nanoUsdFor,
    nanoUsdForCharacter:
      written.characters === undefined ? undefined : (written.characters * NANO) / 1_000_000,
    tiers: new Map(Object.entries(written.tiers ?? {}).map(([tier, factor]) => [tierName(tier), factor])),
    longContext: written.long_context,
    regional: written.regional,
  };
};
