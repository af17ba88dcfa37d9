// Each caller's own failures with a key: that caller is served with other keys first, and the others are not concerned.
import { LRUCache } from "lru-cache";
import { SUSPICIOUS_FAILURES, type Suspicion, TRIAL_AFTER_MS } from "./breaker.ts";

export interface CallerFailures {
  failed(callerId: string): void;
  succeeded(callerId: string): void;
  /** What this caller's failures in a row say about the key. */
  suspicionOf(callerId: string): Suspicion;
}

const MAX_CALLERS = 1000;

export const createCallerFailures = (now: () => number): CallerFailures => {
  const failures = new LRUCache<string, { inARow: number; trialAt: number }>({ max: MAX_CALLERS });
  return {
    failed: (callerId) => {
      const inARow = (failures.get(callerId)?.inARow ?? 0) + 1;
      failures.set(callerId, { inARow, trialAt: now() + TRIAL_AFTER_MS });
    },
    succeeded: (callerId) => {
      failures.delete(callerId);
    },
    suspicionOf: (callerId) => {
      const found = failures.get(callerId);
      if (!found || found.inARow < SUSPICIOUS_FAILURES) return "none";
      return found.trialAt <= now() ? "trial-due" : "suspected";
    },
  };
};
