// A clock and timers that stand still until a test moves them.
import type { Clock, Timers } from "../../server/clock.ts";

export interface TestTime {
  clock: Clock;
  timers: Timers;
  /** How many timers wait to fire. */
  pending(): number;
  /** Moves the clock on, and fires each timer at its own moment, with the promises that follow from it. */
  pass(ms: number): Promise<void>;
}

interface Timer {
  at: number;
  work: () => void;
}

/** Starts at noon of 1 January 2026, UTC, unless told otherwise. */
export const createTestTime = (start = Date.UTC(2026, 0, 1, 12)): TestTime => {
  let passed = 0;
  const waiting = new Set<Timer>();

  const add = (ms: number, work: () => void): (() => void) => {
    const timer = { at: passed + ms, work };
    waiting.add(timer);
    return () => void waiting.delete(timer);
  };
  const firstDue = (end: number): Timer | undefined =>
    [...waiting].filter(({ at }) => at <= end).toSorted((a, b) => a.at - b.at)[0];

  return {
    clock: { now: () => start + passed, monotonic: () => passed },
    timers: { after: add, nextTurn: (work) => void add(0, work) },
    pending: () => waiting.size,
    pass: async (ms) => {
      const end = passed + ms;
      await settled();
      for (let timer = firstDue(end); timer; timer = firstDue(end)) {
        waiting.delete(timer);
        passed = timer.at;
        timer.work();
        await settled();
      }
      passed = end;
    },
  };
};

/** After the promises that are due, and those that follow from them. */
const settled = (): Promise<void> => new Promise((resolve) => void setImmediate(resolve));
