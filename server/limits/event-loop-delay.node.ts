// How late the event loop is, as Node measures it.
import { monitorEventLoopDelay } from "node:perf_hooks";

const INTERVAL_MS = 10;

/**
 * Returns how many milliseconds an event that came since the last call waited on average. Node measures from one turn of its timer to
 * the next; an event comes in a long interval more likely than in a short one, so intervals count by their length.
 */
export const readEventLoopDelay = (): (() => number) => {
  const delays = monitorEventLoopDelay({ resolution: INTERVAL_MS });
  delays.enable();
  return () => {
    const { mean, stddev } = delays;
    delays.reset();
    return meanWaitMs(mean / 1e6, stddev / 1e6);
  };
};

/** Half of the mean interval where all are as long; more where some are longer. What an idle loop has is taken off. */
export const meanWaitMs = (mean: number, deviation: number): number =>
  mean > 0 ? Math.max(0, (deviation ** 2 + mean ** 2) / (2 * mean) - INTERVAL_MS / 2) : 0;
