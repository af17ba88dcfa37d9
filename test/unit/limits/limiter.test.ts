// What is decided of a request, over a counter in memory: what passes, what is shown, what is taken back.
import { expect, it } from "vitest";
import { memoryCounter } from "../../../server/limits/counter.memory.ts";
import type { Added, Counter } from "../../../server/limits/counter.ts";
import { createLimiter, type LimitCheck } from "../../../server/limits/limiter.ts";
import { parseRates } from "../../../server/rates.ts";

const timeBudget = { wait: <T>(work: Promise<T>) => work };
const check = (limit: string, rates: string, key = "alice", exposed = true): LimitCheck => ({
  limit,
  rates: parseRates(rates) ?? [],
  key,
  exposed,
});
/** The same counter, whose answers are promises. */
const later = ({ add, look }: Counter): Counter => ({
  add: async (entries, budget) => add(entries, budget),
  look: async (entries, budget) => look(entries, budget),
});

it("lets as many pass as the rate says, then says which limit is used up and when to come back", () => {
  let now = 0;
  const limiter = createLimiter(memoryCounter({ now: () => now }));
  const checks = [check("mints-caller", "2 per minute")];
  expect(limiter.take(checks, timeBudget)).toEqual({
    allowed: true,
    states: [
      {
        window: "mints-caller-minute",
        quota: 2,
        windowSeconds: 60,
        remaining: 1,
        resetSeconds: 60,
        exposed: true,
      },
    ],
  });
  now = 20_500;
  expect(limiter.take(checks, timeBudget)).toMatchObject({ allowed: true, states: [{ remaining: 0 }] });
  const refused = limiter.take(checks, timeBudget);
  expect(refused).toMatchObject({
    allowed: false,
    violated: [{ window: "mints-caller-minute", remaining: 0 }],
    retryAfterSeconds: 40,
  });
  now = 59_999;
  expect(limiter.look(checks, timeBudget)).toMatchObject([{ remaining: 0, resetSeconds: 1 }]);
});

it("answers at once over memory, and as a promise over what is asked through a network", async () => {
  const memory = memoryCounter({ now: () => 0 });
  const checks = [check("own", "5 per day"), check("shared", "5 per day", "all", false)];
  expect(createLimiter(memory).take(checks, timeBudget)).toMatchObject({ allowed: true });
  const over = createLimiter(later(memory));
  const taken = over.take(checks, timeBudget);
  expect(taken).toBeInstanceOf(Promise);
  expect(await taken).toMatchObject({ allowed: true });
  expect(await over.look(checks, timeBudget)).toMatchObject([{ remaining: 3 }, { remaining: 3 }]);
});

it("says the latest moment of several limits that are used up", () => {
  const limiter = createLimiter(memoryCounter({ now: () => 0 }));
  const checks = [check("own", "1 per minute, 1 per hour")];
  limiter.take(checks, timeBudget);
  expect(limiter.take(checks, timeBudget)).toMatchObject({
    violated: [{ window: "own-minute" }, { window: "own-hour" }],
    retryAfterSeconds: 3600,
  });
});

it("never takes from shared limits for a caller whose own limit is used up, not even for a moment", async () => {
  const limiter = createLimiter(later(memoryCounter({ now: () => 0 })));
  const take = (key: string) =>
    limiter.take([check("own", "1 per day", key), check("shared", "2 per day", "all", false)], timeBudget);
  await take("alice");
  const [bob] = (await Promise.all(["alice", "alice", "alice", "bob"].map(take))).slice(-1);
  expect(bob?.allowed).toBe(true);
});

it("does not ask for shared counts where one of the caller's own limits is used up", () => {
  const memory = memoryCounter({ now: () => 0 });
  const asked: string[] = [];
  const add: Counter["add"] = (entries) => {
    asked.push(...entries.map(({ window }) => window));
    return memory.add(entries);
  };
  const limiter = createLimiter({ add, look: memory.look });
  const checks = [check("own", "1 per hour, 9 per day"), check("shared", "9 per day", "all", false)];
  limiter.take(checks, timeBudget);
  expect(asked.splice(0)).toEqual(["own-hour", "own-day", "shared-day"]);
  limiter.take(checks, timeBudget);
  expect(asked).toEqual(["own-hour", "own-day"]);
});

it("shows the shared limit, after the caller's own, whatever their order in the checks", () => {
  const limiter = createLimiter(memoryCounter({ now: () => 0 }));
  const checks = [check("shared", "9 per day", "all", false), check("own", "2 per day")];
  expect(limiter.take(checks, timeBudget)).toMatchObject({
    states: [
      { window: "own-day", exposed: true, remaining: 1 },
      { window: "shared-day", exposed: false, remaining: 8 },
    ],
  });
});

it("refuses for a shared limit, and gives the caller's own count back", () => {
  const limiter = createLimiter(memoryCounter({ now: () => 0 }));
  const checks = (key: string) => [
    check("own", "5 per day", key),
    check("shared", "1 per day", "all", false),
  ];
  limiter.take(checks("alice"), timeBudget);
  expect(limiter.take(checks("bob"), timeBudget)).toMatchObject({
    allowed: false,
    violated: [{ window: "shared-day" }],
  });
  expect(limiter.look(checks("bob"), timeBudget)).toMatchObject([{ remaining: 5 }, { remaining: 0 }]);
});

it("takes nothing of any limit where one is used up", async () => {
  const limiter = createLimiter(memoryCounter({ now: () => 0 }));
  const both = [check("narrow", "1 per hour"), check("wide", "5 per hour, 9 per day")];
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

it.each([
  [500, 0],
  [501, 1],
])("with %i ms left of a window, takes %i counts back", (resetMs, expected) => {
  let undone = 0;
  const undo = () => {
    undone += 1;
  };
  const count = (used: number): Added => ({ used, quota: 1, resetMs, undo });
  const limiter = createLimiter({ add: () => [count(1), count(2)], look: () => [] });
  limiter.take([check("a", "1 per second"), check("b", "1 per second")], timeBudget);
  expect(undone).toBe(expected);
});

it("asks the counter nothing where nothing is limited", () => {
  const never = (): never => {
    throw new Error("asked");
  };
  const limiter = createLimiter({ add: never, look: never });
  const unlimited: LimitCheck = { limit: "own", rates: [], key: "alice", exposed: true };
  expect(limiter.take([unlimited, { ...unlimited, exposed: false }], timeBudget)).toEqual({
    allowed: true,
    states: [],
  });
  expect(limiter.look([unlimited], timeBudget)).toEqual([]);
});
