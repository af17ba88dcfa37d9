// Which limits apply to a request, and whose count each of them is.
import { describe, expect, it } from "vitest";
import type { Caller } from "../../../server/auth/caller.ts";
import { limitChecksOf } from "../../../server/limits/limit-checks.ts";
import type { LimitCheck } from "../../../server/limits/limiter.ts";
import { limitsSchema, roleLimitsSchema } from "../../../server/limits/limits.ts";
import { formatRates, parseRates } from "../../../server/rates.ts";

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
    tools: {},
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
});
