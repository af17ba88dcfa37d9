// When to ask again, and how often in all: what keeps a bad minute at OpenAI from becoming a storm of ours.
import { LRUCache } from "lru-cache";

/** A tenth of the traffic may be repeated, and a few requests more where there is little. */
const SHARE = 0.1;
/** For all callers together, and for each of them: no caller's failures use up the repeats of the others. */
const RESERVE = 300;
const RESERVE_OF_CALLER = 100;
const REMEMBERED_CALLERS = 10_000;

export interface RetryBudget {
  /** A request came: it brings a part of a retry. */
  earn(callerId: string): void;
  /** Whether one more attempt may be made, which it then uses. */
  spend(callerId: string): boolean;
}

export const createRetryBudget = (): RetryBudget => {
  let ofAll = RESERVE;
  // A caller who is not in there has all of their reserve.
  const ofCallers = new LRUCache<string, number>({ max: REMEMBERED_CALLERS });
  return {
    earn: (callerId) => {
      ofAll = Math.min(RESERVE, ofAll + SHARE);
      const own = ofCallers.get(callerId);
      if (own === undefined) return;
      if (own + SHARE >= RESERVE_OF_CALLER) ofCallers.delete(callerId);
      else ofCallers.set(callerId, own + SHARE);
    },
    spend: (callerId) => {
      const own = ofCallers.get(callerId) ?? RESERVE_OF_CALLER;
      if (ofAll < 1 || own < 1) return false;
      ofAll -= 1;
      ofCallers.set(callerId, own - 1);
      return true;
    },
  };
};

const FIRST_MS = 100;
const LONGEST_MS = 2000;

/** How long to wait before trying a key again that has just failed: exponential with full jitter. `attempt` counts from 1. */
export const backoffMs = (attempt: number, random: () => number): number =>
  random() * Math.min(LONGEST_MS, FIRST_MS * 2 ** (attempt - 1));
