// Rates: how often something may happen, written as "5 per minute, 100 per day".
import { z } from "zod";

/** At most `count` in each window; a window begins with its first use. */
export interface Rate {
  count: number;
  per: Unit;
}

const SECONDS = { second: 1, minute: 60, hour: 3600, day: 86_400, month: 2_592_000 } as const;
export type Unit = keyof typeof SECONDS;

/** A window's length in seconds; a month has 30 days. */
export const secondsIn = (unit: Unit): number => SECONDS[unit];

const RATE = /^(\d{1,9}) per (second|minute|hour|day|month)$/;

/** The rates that a text says; undefined where it says something else. */
export const parseRates = (text: string): Rate[] | undefined => {
  const rates: Rate[] = [];
  for (const part of text.split(",")) {
    const [, count = "", per] = RATE.exec(part.trim()) ?? [];
    if (Number(count) < 1 || rates.some((rate) => rate.per === per)) return undefined;
    rates.push({ count: Number(count), per: per as Unit });
  }
  return rates;
};

/** Rates as text; the inverse of `parseRates`. */
export const formatRates = (rates: readonly Rate[]): string =>
  rates.map(({ count, per }) => `${count} per ${per}`).join(", ");

/** `none`, or rates such as `5 per minute, 100 per day`. An empty list is no limit. */
export const ratesSchema = z.string().transform((text, context): readonly Rate[] => {
  if (text === "none") return [];
  const rates = parseRates(text);
  if (rates) return rates;
  const message =
    "must be none, or rates such as `5 per minute, 100 per day`: a number of 1 or more per second, minute, hour, day or month, each unit once";
  context.addIssue({ code: "custom", message });
  return z.NEVER;
});

/** A caller's own limits, by the kind of work. */
export const ownLimitsSchema = z.strictObject({
  mints: ratesSchema.optional().describe("How often a key may be minted."),
  tool_calls: ratesSchema.optional().describe("How often a tool may be called."),
  relays: ratesSchema.optional().describe("How often a request to OpenAI may be relayed."),
  usage_reports: ratesSchema.optional().describe("How often a page may report what its voice sessions used."),
});
