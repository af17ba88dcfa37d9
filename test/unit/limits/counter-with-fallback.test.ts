// Counting while shared state is away: who counts, how much is given out, and what is reported.
import { expect, it } from "vitest";
import { memoryCounter } from "../../../server/limits/counter.memory.ts";
import type { Counter, Entry } from "../../../server/limits/counter.ts";
import { counterWithFallback } from "../../../server/limits/counter-with-fallback.ts";

const timeBudget = { wait: <T>(work: Promise<T>) => work };
const clock = { now: () => 0 };
const entry: Entry = { window: "mints-caller-hour", rate: { count: 8, per: "hour" }, key: "alice" };

const setUp = () => {
  const reports: [string, string | undefined][] = [];
  const heard: string[] = [];
  const state = { usable: true, failure: undefined as unknown };
  const memory = memoryCounter(clock);
  const orFail = <T>(work: () => T) => {
    if (state.failure !== undefined) throw state.failure;
    return work();
  };
  const shared: Counter = {
    add: async (entries) => orFail(() => memory.add(entries)),
    look: async (entries) => orFail(() => memory.look(entries)),
  };
  const counter = counterWithFallback({
    shared,
    fallback: memoryCounter(clock, new Map(), 0.25),
    health: {
      isUsable: () => state.usable,
      onAnswered: () => heard.push("answered"),
      onFailed: () => heard.push("failed"),
    },
    onCounted: (by, failure) => reports.push([by, failure?.message]),
  });
  return { counter, state, reports, heard };
};

it("counts in shared state while it answers", async () => {
  const { counter, reports, heard } = setUp();
  expect(await counter.add([entry], timeBudget)).toMatchObject([{ used: 1, quota: 8 }]);
  expect(await counter.look([entry], timeBudget)).toMatchObject([{ used: 1, quota: 8 }]);
  expect(reports).toEqual([
    ["redis", undefined],
    ["redis", undefined],
  ]);
  expect(heard).toEqual(["answered", "answered"]);
});

it("counts alone, and gives out a share, while shared state is not worth asking", async () => {
  const { counter, state, reports, heard } = setUp();
  state.usable = false;
  expect(await counter.look([entry], timeBudget)).toMatchObject([{ used: 0, quota: 2 }]);
  expect(await counter.add([entry], timeBudget)).toMatchObject([{ used: 1, quota: 2 }]);
  expect(reports).toEqual([
    ["fallback", undefined],
    ["fallback", undefined],
  ]);
  expect(heard).toEqual([]);
});

it("counts alone when shared state fails this time, and says why", async () => {
  const { counter, state, reports, heard } = setUp();
  state.failure = new Error("too late");
  expect(await counter.add([entry], timeBudget)).toMatchObject([{ used: 1, quota: 2 }]);
  state.failure = "no error at all";
  expect(await counter.look([entry], timeBudget)).toMatchObject([{ used: 1, quota: 2 }]);
  expect(reports).toEqual([
    ["fallback", "too late"],
    ["fallback", "no error at all"],
  ]);
  expect(heard).toEqual(["failed", "failed"]);
});
