// The settings of limits: their defaults, what is refused, and which apply to a request.

import { describe, expect, it } from "vitest";
import type { Caller } from "../../../server/auth/caller.ts";
import type { LimitCheck } from "../../../server/limits/limiter.ts";
import { limitChecksOf, limitsSchema, roleLimitsSchema } from "../../../server/limits/limits.ts";
import { formatRates, parseRates } from "../../../server/rates.ts";

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

const guest: Caller = { kind: "guest", id: "guest:203.0.113.9" };
const support: Caller = { kind: "token", id: "token:a", name: "a", roles: ["support", "vip"] };
const user: Caller = {
  kind: "user",
  id: "user:b",
  name: "b",
  roles: ["support"],
  profiles: undefined,
  limits: { mints: parseRates("7 per day") },
  tokenPrefix: "b1",
  endsAt: undefined,
};
const checks = (guestsAreStrangers: boolean) =>
  limitChecksOf({
    limits: limitsSchema.parse({
      mints: { caller: "1 per day", guest: "2 per day", guests: "3 per day", everyone: "4 per day" },
    }),
    roles: roleLimitsSchema.parse({
      vip: { limits: { tool_calls: "9 per day" } },
      support: { limits: { mints: "5 per day", tool_calls: "6 per day" } },
    }),
    guestsAreStrangers,
    profiles: { default: parseRates("8 per day") ?? [] },
    tools: { weather: parseRates("10 per day") ?? [] },
    relays: { default: parseRates("3 per hour") ?? [] },
  });
const limited = (all: readonly LimitCheck[]) =>
  all
    .filter(({ rates }) => rates.length > 0)
    .map(({ limit, rates, key }) => `${limit} ${key}: ${formatRates(rates)}`);

describe("a request is counted against", () => {
  it("what its caller, its profile and all callers together may", () => {
    expect(limited(checks(true).mint(guest, "default"))).toEqual([
      "mints-caller guest:203.0.113.9: 2 per day",
      "mints-profile default: 8 per day",
      "mints-guests all: 3 per day",
      "mints-everyone all: 4 per day",
    ]);
  });

  it("a member's limits for the one local guest", () => {
    expect(limited(checks(false).mint(guest, "other"))).toEqual([
      "mints-caller guest:203.0.113.9: 1 per day",
      "mints-everyone all: 4 per day",
    ]);
  });

  it("the first role's limits that the caller has and that says something", () => {
    expect(limited(checks(true).mint(support, "x"))[0]).toBe("mints-caller token:a: 5 per day");
    expect(limited(checks(true).toolCall(support, "x"))[0]).toBe("tool-calls-caller token:a: 9 per day");
  });

  it("a user's own limits before those of their roles, where they have any", () => {
    expect(limited(checks(true).mint(user, "x"))[0]).toBe("mints-caller user:b: 7 per day");
    expect(limited(checks(true).toolCall(user, "x"))[0]).toBe("tool-calls-caller user:b: 6 per day");
  });

  it("what its tool and its entry of relay may, for all callers together", () => {
    expect(limited(checks(true).toolCall(support, "weather"))).toEqual([
      "tool-calls-caller token:a: 9 per day",
      "tool-calls-tool weather: 10 per day",
    ]);
    expect(limited(checks(true).toolCall(support, "other"))).toEqual([
      "tool-calls-caller token:a: 9 per day",
    ]);
    expect(limited(checks(true).relay(user, "default"))).toEqual([
      "relays-caller user:b: 300 per minute",
      "relays-rule default: 3 per hour",
    ]);
    expect(limited(checks(true).relay(guest, "other"))).toEqual([
      "relays-caller guest:203.0.113.9: 10 per minute, 100 per day",
      "relays-guests all: 60 per minute, 1000 per day",
    ]);
  });

  it("its address", () => {
    expect(limited(checks(true).request("203.0.113.9"))).toEqual([
      "address 203.0.113.9: 200 per second, 3000 per minute",
    ]);
  });
});

it("counts members of no role as callers, and guests' limits for none of them", () => {
  const { mint } = checks(true);
  expect(limited(mint({ ...support, roles: ["other"] }, "x"))).toEqual([
    "mints-caller token:a: 1 per day",
    "mints-everyone all: 4 per day",
  ]);
});

it("counts failed attempts by address", () => {
  expect(limited(checks(true).attempt("203.0.113.9"))).toEqual([
    "failed-authentication 203.0.113.9: 20 per minute, 200 per day",
  ]);
});

it("shows callers their own counts and their address', never those that many share", () => {
  const all = checks(true);
  const shown = (list: readonly LimitCheck[]) =>
    list.filter(({ exposed }) => exposed).map(({ limit }) => limit);
  expect(shown([...all.request("203.0.113.9"), ...all.attempt("203.0.113.9")])).toEqual(["address"]);
  expect(shown([...all.mint(guest, "default"), ...all.toolCall(guest, "weather")])).toEqual([
    "mints-caller",
    "tool-calls-caller",
  ]);
  expect(shown(all.relay(guest, "default"))).toEqual(["relays-caller"]);
});
