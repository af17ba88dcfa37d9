// When to ask again, and how often in all: what keeps a bad minute at OpenAI from becoming a storm of ours.

/** A tenth of the traffic may be repeated, and a few requests more where there is little. */
const SHARE = 0.1;
const RESERVE = 100;

export interface RetryBudget {
  /** A request came: it brings a part of a retry. */
  earn(): void;
  /** Whether one more attempt may be made, which it then uses. */
  spend(): boolean;
}

export const createRetryBudget = (): RetryBudget => {
  let balance = RESERVE;
  return {
    earn: () => {
      balance = Math.min(RESERVE, balance + SHARE);
    },
    spend: () => {
      if (balance < 1) return false;
      balance -= 1;
      return true;
    },
  };
};

const FIRST_MS = 100;
const LONGEST_MS = 2000;

/** How long to wait before trying a key again that has just failed: exponential with full jitter. `attempt` counts from 1. */
export const backoffMs = (attempt: number, random: () => number): number =>
  random() * Math.min(LONGEST_MS, FIRST_MS * 2 ** (attempt - 1));
