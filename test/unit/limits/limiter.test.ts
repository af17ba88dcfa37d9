// The pure parts of limits: which limitChecks there are, what is decided, and how long a request waits.
import { describe, expect, it } from "vitest";
import type { Caller } from "../../../server/auth/caller.ts";
import { memoryCounter } from "../../../server/limits/counter.memory.ts";
import { limitChecksOf } from "../../../server/limits/limit-checks.ts";
import { createLimiter, type LimitCheck } from "../../../server/limits/limiter.ts";
import { limitsSchema, roleLimitsSchema } from "../../../server/limits/limits.ts";
import { createTimeBudget, OutOfPatience } from "../../../server/limits/time-budget.ts";
import { WindowTable } from "../../../server/limits/window-table.ts";
import { formatRates, parseRates } from "../../../server/rates.ts";
import { configOf } from "../../support/configuration.ts";

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
const limitChecks = (guestsAreStrangers: boolean) =>
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
const told = (all: readonly LimitCheck[]) =>
  all
    .filter(({ rates }) => rates.length > 0)
    .map(({ limit, rates, key }) => `${limit} ${key}: ${formatRates(rates)}`);

describe("a request limitChecks", () => {
  it("what its caller, his profile and all together may", () => {
    expect(told(limitChecks(true).mint(guest, "default"))).toEqual([
      "mints-caller guest:203.0.113.9: 2 per day",
      "mints-profile default: 8 per day",
      "mints-guests all: 3 per day",
      "mints-everyone all: 4 per day",
    ]);
  });

  it("a member's limits for the one local guest", () => {
    expect(told(limitChecks(false).mint(guest, "other"))).toEqual([
      "mints-caller guest:203.0.113.9: 1 per day",
      "mints-everyone all: 4 per day",
    ]);
  });

  it("the first role's limits that the caller has and that says something", () => {
    expect(told(limitChecks(true).mint(support, "x"))[0]).toBe("mints-caller token:a: 5 per day");
    expect(told(limitChecks(true).toolCall(support, "x"))[0]).toBe("tool-calls-caller token:a: 9 per day");
  });

  it("a user's own limits before his roles', where he has them", () => {
    expect(told(limitChecks(true).mint(user, "x"))[0]).toBe("mints-caller user:b: 7 per day");
    expect(told(limitChecks(true).toolCall(user, "x"))[0]).toBe("tool-calls-caller user:b: 6 per day");
  });
});

it("keeps nobody out of what is shared for somebody who has used up their own at the same moment", async () => {
  const limiter = createLimiter(memoryCounter({ now: () => 0 }));
  const timeBudget = createTimeBudget({ monotonic: () => 0 }, 50);
  const rates = (text: string) => parseRates(text) ?? [];
  const take = (key: string) =>
    limiter.take(
      [
        { limit: "own", rates: rates("1 per day"), key, told: true },
        { limit: "shared", rates: rates("2 per day"), key: "all", told: false },
      ],
      timeBudget,
    );
  await take("alice");
  const [bob] = (await Promise.all(["alice", "alice", "alice", "bob"].map(take))).slice(-1);
  expect(bob?.allowed).toBe(true);
});

it("takes nothing of any claim where one is used up", async () => {
  const clock = { now: () => 0, monotonic: () => 0 };
  const limiter = createLimiter(memoryCounter(clock));
  const timeBudget = createTimeBudget(clock, 50);
  const claim = (limit: string, rate: string): LimitCheck => ({
    limit,
    rates: parseRates(rate) ?? [],
    key: "a",
    told: true,
  });
  const both = [claim("narrow", "1 per hour"), claim("wide", "5 per hour, 9 per day")];
  expect(await limiter.take(both, timeBudget)).toMatchObject({ allowed: true });
  for (let count = 0; count < 3; count += 1) {
    expect(await limiter.take(both, timeBudget)).toMatchObject({
      allowed: false,
      violated: [{ window: "narrow-hour" }],
      retryAfterSeconds: 3600,
    });
  }
  expect((await limiter.look(both, timeBudget)).map(({ remaining }) => remaining)).toEqual([0, 4, 8]);
});

describe("a table of windows", () => {
  const used = (table: WindowTable, keys: string, now: number) =>
    [...keys].map((key) => table.find(key, now)?.used);

  it("when full forgets those that were not counted lately, and no other", () => {
    const table = new WindowTable(4, 1000);
    for (const key of "abacada") table.add(key, 1);
    expect(used(table, "abcd", 1)).toEqual([4, undefined, 1, 1]);
  });

  it("never has more than its capacity", () => {
    const table = new WindowTable(10, 1000);
    const keys = Array.from({ length: 1000 }, (_, index) => `key-${index}`);
    for (const key of keys) table.add(key, 1);
    const known = keys.filter((key) => table.find(key, 1));
    expect(known.length).toBeGreaterThanOrEqual(5);
    expect(known.length).toBeLessThanOrEqual(10);
    expect(known.at(-1)).toBe("key-999");
  });

  it("forgets nothing before its time, however slowly it comes", () => {
    const table = new WindowTable(100, 1000);
    for (let now = 0; now < 5000; now += 100) {
      const key = `key-${now}`;
      table.add(key, now);
      for (let then = Math.max(0, now - 900); then <= now; then += 100) {
        expect(table.find(`key-${then}`, now)?.used, `${then} at ${now}`).toBe(1);
      }
      expect(table.find(`key-${now - 1000}`, now)).toBeUndefined();
    }
  });

  it("begins anew when a window has ended", () => {
    const table = new WindowTable(4, 1000);
    for (const now of [0, 999, 1000, 1001]) table.add("a", now);
    expect(table.find("a", 1001)).toEqual({ used: 2, endsAt: 2000 });
  });

  it("holds a month", () => {
    const month = 30 * 86_400_000;
    const table = new WindowTable(2, month);
    table.add("a", 0);
    expect(table.find("a", month - 1)?.used).toBe(1);
    expect(table.find("a", month)).toBeUndefined();
  });
});

describe("timeBudget", () => {
  const clock = { monotonic: () => performance.now() };

  it("has an end, in all and not each time", async () => {
    const timeBudget = createTimeBudget(clock, 50);
    const never = new Promise<never>(() => {});
    const began = performance.now();
    await expect(timeBudget.wait(never)).rejects.toThrow(OutOfPatience);
    expect(performance.now() - began).toBeGreaterThan(45);
    const again = performance.now();
    await expect(timeBudget.wait(never)).rejects.toThrow(OutOfPatience);
    expect(performance.now() - again).toBeLessThan(10);
  });

  it("does not take its own process's business for another's slowness", async () => {
    const timeBudget = createTimeBudget(clock, 20);
    const answer = Promise.withResolvers<string>();
    const waited = timeBudget.wait(answer.promise);
    const end = performance.now() + 100;
    // Nobody listens meanwhile; the answer comes right after.
    while (performance.now() < end);
    setTimeout(() => answer.resolve("in time"), 5);
    expect(await waited).toBe("in time");
  });
});

it("the defaults are limits that a public demo can live with", () => {
  const { mints, address } = configOf("").limits;
  expect(formatRates(mints.guests)).toBe("30 per minute, 500 per day");
  expect(formatRates(mints.guest)).toBe("3 per minute, 20 per day");
  expect(formatRates(address)).toBe("200 per second, 3000 per minute");
});
