// Which price holds for a model at a time: what broker.yaml says, else what OpenAI's list says. Pure.
import { z } from "zod";
import {
  factorSchema,
  type ModelPrice,
  modelPriceOf,
  modelPriceSchema,
  type WrittenPrice,
} from "./model-price.ts";

/** `prices` in broker.yaml. */
export const pricesSchema = z.strictObject({
  models: z
    .record(z.string().min(1).max(200), modelPriceSchema)
    .default({})
    .describe("Prices by the model's name, each in place of all that the list has for that model."),
  tiers: z
    .record(z.string().regex(/^[a-z_]{1,32}$/), factorSchema)
    .default({})
    .describe("Factors of service tiers for all models, such as `flex: 0.4`, in place of the list's."),
  regional: factorSchema
    .optional()
    .describe("Factor for all models at OpenAI's regional addresses, in place of the list's."),
});

export type PriceOverrides = z.output<typeof pricesSchema>;

export interface ListedPrice extends WrittenPrice {
  /** The day from which it holds, such as `2026-07-30`, in UTC; left out where it always did. */
  from?: string | undefined;
  /** Where it was looked up; left out where it came with the others. */
  source?: string | undefined;
}

export interface PriceList {
  /** When the newest of its prices was looked up, such as `2026-11-21`. */
  checked: string;
  sources: readonly string[];
  /** The prices of a model, the oldest first. */
  models: Readonly<Record<string, readonly ListedPrice[]>>;
}

/** A price that was found. */
export interface FoundPrice {
  /** As broker.yaml or the list has it: the model's name, or that of which it is a snapshot. */
  name: string;
  origin: "broker.yaml" | "list";
  /** The day from which it holds, where the list tells it. */
  from: string | undefined;
  source: string | undefined;
  price: ModelPrice;
}

export interface Prices {
  /** `at` is in milliseconds since 1970. Undefined where the model has no known price. */
  find(model: string, at: number): FoundPrice | undefined;
  /** All names that have a price. */
  names(): string[];
}

interface Dated extends FoundPrice {
  fromMs: number;
}

export const createPrices = (list: PriceList, overrides: PriceOverrides): Prices => {
  const own = new Map(
    Object.entries(overrides.models).map(([name, written]): [string, FoundPrice] => {
      const price = withFactors(written, overrides, written);
      return [name, { name, origin: "broker.yaml", from: undefined, source: undefined, price }];
    }),
  );
  const listed = new Map(
    Object.entries(list.models).map(([name, entries]): [string, readonly Dated[]] => [
      name,
      entries.map(({ from, source, ...written }) => {
        const price = withFactors(written, overrides, {});
        return {
          name,
          origin: "list",
          from,
          source,
          fromMs: from === undefined ? 0 : Date.parse(from),
          price,
        };
      }),
    ]),
  );
  const inList = (name: string, at: number): FoundPrice | undefined => {
    const entries = listed.get(name);
    return entries?.findLast(({ fromMs }) => fromMs <= at) ?? entries?.[0];
  };
  return {
    find: (model, at) => {
      const names = namesOf(model);
      for (const name of names) if (own.has(name)) return own.get(name);
      for (const name of names) if (listed.has(name)) return inList(name, at);
      return undefined;
    },
    names: () => [...new Set([...own.keys(), ...listed.keys()])].sort(),
  };
};

// Factors for all models stand in place of the list's, not of those that a model has in broker.yaml.
const withFactors = (
  written: WrittenPrice,
  { tiers, regional }: PriceOverrides,
  { tiers: ownTiers, regional: ownRegional }: Pick<WrittenPrice, "regional" | "tiers">,
): ModelPrice =>
  modelPriceOf({
    ...written,
    tiers: { ...written.tiers, ...tiers, ...ownTiers },
    regional: ownRegional ?? regional ?? written.regional,
  });

/** The name itself, then those whose price it has: a snapshot has the model's, a fine-tuned model that of its kind. */
const namesOf = (model: string): string[] => {
  const base = model.startsWith("ft:") ? model.split(":", 2).join(":") : model;
  const undated = base.replace(/-\d{4}-\d{2}-\d{2}$/, "");
  return [model, base, undated];
};
