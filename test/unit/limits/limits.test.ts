// The settings of limits: their defaults, and what is refused.
import { expect, it } from "vitest";
import { limitsSchema, roleLimitsSchema } from "../../../server/limits/limits.ts";
import { formatRates } from "../../../server/rates.ts";

const limits = limitsSchema.parse(undefined);

it.each([
  ["mints", "none", "30 per minute, 500 per day", "3 per minute, 20 per day", "30 per minute, 1000 per day"],
  ["tool_calls", "none", "1200 per minute", "60 per minute, 1000 per day", "300 per minute"],
  ["relays", "none", "60 per minute, 1000 per day", "10 per minute, 100 per day", "300 per minute"],
] as const)("the defaults of %s fit a public demo", (job, everyone, guests, guest, caller) => {
  const texts = Object.entries(limits[job]).map(([who, rates]) => [who, formatRates(rates) || "none"]);
  expect(Object.fromEntries(texts)).toEqual({ everyone, guests, guest, caller });
});

it("the other defaults fit a public demo too", () => {
  expect(formatRates(limits.address)).toBe("200 per second, 3000 per minute");
  expect(formatRates(limits.failed_authentication)).toBe("20 per minute, 200 per day");
  expect(limits.in_flight).toEqual({ caller: 100, guest: 10 });
  expect(limits.sockets).toEqual({ caller: 20, guest: 2 });
  expect(limits.share_without_redis).toBe(0.25);
});

it.each([
  { share_without_redis: 0 },
  { share_without_redis: 1.1 },
  { adress: "1 per day" },
  { mints: { user: "1 per day" } },
])("refuses %j", (text) => {
  expect(limitsSchema.safeParse(text).success).toBe(false);
});

it("keeps roles in their order, each with the limits that it says", () => {
  const roles = roleLimitsSchema.parse({ vip: {}, support: { limits: { mints: "none" } } });
  expect(Object.entries(roles)).toEqual([
    ["vip", { limits: {} }],
    ["support", { limits: { mints: [] } }],
  ]);
  expect(roleLimitsSchema.parse(undefined)).toEqual({});
  expect(roleLimitsSchema.safeParse({ vip: { limit: "1 per day" } }).success).toBe(false);
});
