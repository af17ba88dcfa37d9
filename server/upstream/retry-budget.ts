// The retry budget, and the pause before a retry: they keep a bad minute at OpenAI from becoming a storm of requests.
import { LRUCache } from "lru-cache";

/** Retries are at most a tenth of the traffic, and a few more where there is little. */
const RETRIES_PER_REQUEST = 0.1;
/** For all callers together, and for each of them: no caller's failures use up the retries of the others. */
const RESERVE = 300;
const CALLER_RESERVE = 100;
const MAX_CALLERS = 10_000;

export interface RetryBudget {
  /** To be called with each request: it adds a part of a retry. */
  deposit(callerId: string): void;
  /** Whether one more attempt may be made, which is then taken from the budget. */
  withdraw(callerId: string): boolean;
}

export const createRetryBudget = (): RetryBudget => {
  let ofAll = RESERVE;
  // A caller that is not in it has a full reserve.
  const ofCallers = new LRUCache<string, number>({ max: MAX_CALLERS });
  return {
    deposit: (callerId) => {
      ofAll = Math.min(RESERVE, ofAll + RETRIES_PER_REQUEST);
      const own = ofCallers.get(callerId);
      if (own === undefined) return;
      if (own + RETRIES_PER_REQUEST >= CALLER_RESERVE) ofCallers.delete(callerId);
      else ofCallers.set(callerId, own + RETRIES_PER_REQUEST);
    },
    withdraw: (callerId) => {
      const own = ofCallers.get(callerId) ?? CALLER_RESERVE;
      if (ofAll < 1 || own < 1) return false;
      ofAll -= 1;
      ofCallers.set(callerId, own - 1);
      return true;
    },
  };
};

const FIRST_PAUSE_MS = 100;
const MAX_PAUSE_MS = 2000;

/** Milliseconds to wait before a key that failed is tried again: exponential with full jitter. `retry` counts from 1. */
export const backoffMs = (retry: number, random: () => number): number =>
  random() * Math.min(MAX_PAUSE_MS, FIRST_PAUSE_MS * 2 ** (retry - 1));
