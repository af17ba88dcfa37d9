// How long a request waits for shared state, by a clock and timers that the test moves.
import { expect, it } from "vitest";
import { createTimeBudget, TimeBudgetSpent } from "../../../server/limits/time-budget.ts";
import { createTestTime } from "../../support/time.ts";

const never = new Promise<never>(() => {});
/** What a promise came to so far. */
const outcomeOf = (work: Promise<unknown>) => {
  const seen: { outcome: unknown } = { outcome: "waiting" };
  work.then(
    (value) => {
      seen.outcome = value;
    },
    (error: unknown) => {
      seen.outcome = error;
    },
  );
  return seen;
};

it("gives up after 50 ms, and says so", async () => {
  const time = createTestTime();
  const seen = outcomeOf(createTimeBudget(time, 50).wait(never));
  await time.pass(49);
  expect(seen.outcome).toBe("waiting");
  await time.pass(1);
  expect(seen.outcome).toBeInstanceOf(TimeBudgetSpent);
  expect(seen.outcome).toMatchObject({
    name: "TimeBudgetSpent",
    message: "shared state did not answer in time",
  });
});

it("is spent in all, not each time anew", async () => {
  const time = createTestTime();
  const budget = createTimeBudget(time, 50);
  const answer = Promise.withResolvers<string>();
  const first = outcomeOf(budget.wait(answer.promise));
  await time.pass(30);
  answer.resolve("in time");
  await time.pass(0);
  expect(first.outcome).toBe("in time");
  const second = outcomeOf(budget.wait(never));
  await time.pass(19);
  expect(second.outcome).toBe("waiting");
  await time.pass(1);
  expect(second.outcome).toBeInstanceOf(TimeBudgetSpent);
  const third = outcomeOf(budget.wait(never));
  await time.pass(0);
  expect(third.outcome).toBeInstanceOf(TimeBudgetSpent);
});

it("rounds up to whole slices of 10 ms", async () => {
  const time = createTestTime();
  const seen = outcomeOf(createTimeBudget(time, 11).wait(never));
  await time.pass(19);
  expect(seen.outcome).toBe("waiting");
  await time.pass(1);
  expect(seen.outcome).toBeInstanceOf(TimeBudgetSpent);
});

it("passes failures on, and leaves no timer behind", async () => {
  const time = createTestTime();
  const budget = createTimeBudget(time, 50);
  await expect(budget.wait(Promise.reject(new Error("connection lost")))).rejects.toThrow("connection lost");
  expect(await budget.wait(Promise.resolve("there"))).toBe("there");
  expect(time.pending()).toBe(0);
});

/** Timers that fire late: this process was busy. */
const createLateTime = (lateMs: number) => {
  const time = createTestTime();
  let lag = 0;
  return {
    time,
    clock: { monotonic: () => time.clock.monotonic() + lag },
    timers: {
      after: (ms: number, work: () => void) =>
        time.timers.after(ms, () => {
          lag += lateMs;
          work();
        }),
    },
  };
};

it.each([
  [3, 5],
  [4, 20],
])("with timers that fire %i ms late, waits for %i slices", async (lateMs, slices) => {
  const { time, ...ports } = createLateTime(lateMs);
  const seen = outcomeOf(createTimeBudget(ports, 50).wait(never));
  await time.pass(slices * 10 - 1);
  expect(seen.outcome).toBe("waiting");
  await time.pass(1);
  expect(seen.outcome).toBeInstanceOf(TimeBudgetSpent);
});

it("takes an answer that came while this process was busy", async () => {
  const { time, ...ports } = createLateTime(100);
  const answer = Promise.withResolvers<string>();
  const seen = outcomeOf(createTimeBudget(ports, 20).wait(answer.promise));
  await time.pass(30);
  answer.resolve("in time");
  await time.pass(0);
  expect(seen.outcome).toBe("in time");
});
