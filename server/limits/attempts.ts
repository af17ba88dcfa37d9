// Attempts to show credentials: those that failed are counted, and no more are examined at once than may still fail.
import type { LimitCheck, Limiter, LimitState } from "./limiter.ts";
import type { TimeBudget } from "./time-budget.ts";

export type Attempt =
  | {
      allowed: true;
      /** To be called once, when the examination has ended. Only a failed one counts. */
      end(failed: boolean): Promise<void>;
    }
  | { allowed: false; violated: LimitState[]; retryAfterSeconds: number };

export interface Attempts {
  /**
   * Waits while other examinations of the same address use up what is left; refuses when that many have failed, or when it has
   * waited too long: what is examined may hang on a store that does not answer.
   */
  begin(address: string, claims: readonly LimitCheck[], newTimeBudget: () => TimeBudget): Promise<Attempt>;
}

interface UnderWay {
  count: number;
  waiting: (() => void)[];
}

/** So many of one address wait at most. */
const MAX_WAITING = 1000;
/** How long each of them waits. */
const MAX_WAIT_MS = 5000;

/**
 * Many callers may share an address and come at the same time, after a restart say: the good credentials of some must not
 * use up the attempts of the others. So they wait for each other, rather than be counted beforehand.
 */
export const createAttempts = (limiter: Limiter, maxWaitMs = MAX_WAIT_MS): Attempts => {
  const addresses = new Map<string, UnderWay>();

  const underWayAt = (address: string): UnderWay => {
    const known = addresses.get(address) ?? { count: 0, waiting: [] };
    addresses.set(address, known);
    return known;
  };
  const wakeNext = (address: string, underWay: UnderWay): void => {
    underWay.waiting.shift()?.();
    if (underWay.count === 0 && underWay.waiting.length === 0) addresses.delete(address);
  };

  return {
    begin: async (address, claims, newTimeBudget) => {
      for (;;) {
        const states = await limiter.look(claims, newTimeBudget());
        const left = Math.min(...states.map(({ remaining }) => remaining));
        const underWay = underWayAt(address);
        if (left === 0) {
          // Nothing is left for those who wait either: each of them finds out, and wakes the next.
          wakeNext(address, underWay);
          const violated = states.filter(({ remaining }) => remaining === 0);
          const retryAfterSeconds = Math.max(...violated.map(({ resetSeconds }) => resetSeconds));
          return { allowed: false, violated, retryAfterSeconds };
        }
        if (underWay.count < left) {
          underWay.count += 1;
          const end = async (failed: boolean): Promise<void> => {
            // Counted before the place is free, so that no more fail than the limit says.
            if (failed) await limiter.take(claims, newTimeBudget());
            underWay.count -= 1;
            wakeNext(address, underWay);
          };
          return { allowed: true, end };
        }
        if (underWay.waiting.length >= MAX_WAITING || !(await hasTurn(underWay, maxWaitMs))) {
          return { allowed: false, violated: states, retryAfterSeconds: 1 };
        }
      }
    },
  };
};

/** True when one that waits is woken, false when it has waited so long. */
const hasTurn = ({ waiting }: UnderWay, maxWaitMs: number): Promise<boolean> =>
  new Promise((resolve) => {
    const wake = (): void => {
      clearTimeout(timer);
      resolve(true);
    };
    const timer = setTimeout(() => {
      waiting.splice(waiting.indexOf(wake), 1);
      resolve(false);
    }, maxWaitMs);
    waiting.push(wake);
  });
