// How late the event loop is, as Node measures it.
import { monitorEventLoopDelay } from "node:perf_hooks";

const INTERVAL_MS = 10;

/** Intervals between turns of a timer that should come every ten milliseconds. */
export interface Intervals {
  count: number;
  /** In milliseconds, and in their squares. */
  sum: number;
  squares: number;
}

/**
 * Returns how many milliseconds an event that came since the last call waited on average. The histogram is never reset: it would
 * forget when the interval began that goes on, which are all of them in a loop that is very late.
 */
export const readEventLoopDelay = (): (() => number) => {
  const delays = monitorEventLoopDelay({ resolution: INTERVAL_MS });
  delays.enable();
  let before: Intervals = { count: 0, sum: 0, squares: 0 };
  return () => {
    const now = intervalsOf(delays.count, delays.mean / 1e6, delays.stddev / 1e6);
    const wait = meanWaitMs(before, now);
    before = now;
    return wait;
  };
};

const intervalsOf = (count: number, mean: number, deviation: number): Intervals =>
  count === 0
    ? { count, sum: 0, squares: 0 }
    : { count, sum: count * mean, squares: count * (deviation ** 2 + mean ** 2) };

/**
 * An event comes in a long interval more likely than in a short one, and waits for half of it on average: so intervals count by their
 * length. What an idle loop has is taken off.
 */
export const meanWaitMs = (before: Intervals, now: Intervals): number => {
  const sum = now.sum - before.sum;
  return sum > 0 ? Math.max(0, (now.squares - before.squares) / (2 * sum) - INTERVAL_MS / 2) : 0;
};
