// Rates as people write them.
import fc from "fast-check";
import { expect, it } from "vitest";
import {
  formatRates,
  ownLimitsSchema,
  parseRates,
  type Rate,
  ratesSchema,
  secondsIn,
} from "../../server/rates.ts";

it("reads bursts and sustained rates from one text", () => {
  expect(parseRates("5 per minute, 100 per day")).toEqual([
    { count: 5, per: "minute" },
    { count: 100, per: "day" },
  ]);
});

it.each([
  "",
  "0 per minute",
  "5",
  "5/minute",
  "5 per fortnight",
  "-1 per day",
  "1.5 per day",
  "5 per day,",
  "5 per days",
  "a 5 per day",
])("refuses %j, and says how a rate is written", (text) => {
  const parsed = ratesSchema.safeParse(text);
  expect(parsed.error?.issues[0]?.message).toContain("such as `5 per minute, 100 per day`");
});

it("reads a caller's own limits, and refuses other kinds of work", () => {
  expect(ownLimitsSchema.parse({ mints: "5 per day", relays: "none" })).toEqual({
    mints: [{ count: 5, per: "day" }],
    relays: [],
  });
  expect(ownLimitsSchema.safeParse({ mint: "5 per day" }).success).toBe(false);
});

it("takes each unit once", () => {
  expect(parseRates("5 per minute, 6 per minute")).toBeUndefined();
});

it("knows no limit by the word none", () => {
  expect(ratesSchema.parse("none")).toEqual([]);
});

it("writes what it reads", () => {
  const units = ["second", "minute", "hour", "day", "month"] as const;
  const rates = fc
    .uniqueArray(fc.constantFrom(...units), { minLength: 1 })
    .chain((chosen) =>
      fc.tuple(
        ...chosen.map((per) =>
          fc.integer({ min: 1, max: 999_999_999 }).map((count): Rate => ({ count, per })),
        ),
      ),
    );
  fc.assert(
    fc.property(rates, (each) => {
      expect(parseRates(formatRates(each))).toEqual(each);
    }),
  );
});

it("takes a month for 30 days", () => {
  expect(secondsIn("month")).toBe(30 * 24 * 60 * 60);
});
