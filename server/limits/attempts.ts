// Attempts to authenticate, by address: failed ones are counted, and no more run at once than may still fail.
import type { Timers } from "../clock.ts";
import type { LimitCheck, Limiter, LimitState } from "./limiter.ts";
import type { TimeBudget } from "./time-budget.ts";

export type Attempt =
  | {
      allowed: true;
      /** Ends the attempt; to be called once. Only a failed one counts. */
      end(failed: boolean): Promise<void>;
    }
  | { allowed: false; violated: LimitState[]; retryAfterSeconds: number };

export interface Attempts {
  /**
   * Waits while other attempts of the same address may use up what is left. Refuses when that many have failed, or after
   * `MAX_WAIT_MS`: verifying may depend on a store that does not answer.
   */
  begin(address: string, checks: readonly LimitCheck[], newTimeBudget: () => TimeBudget): Promise<Attempt>;
}

interface AddressAttempts {
  running: number;
  /** How to wake each attempt that waits, the oldest first. */
  waiting: (() => void)[];
}

/** Attempts that run or wait, by address. They outlive a change of the limits. */
export type AttemptsUnderWay = Map<string, AddressAttempts>;

export interface AttemptPorts {
  limiter: Limiter;
  timers: Pick<Timers, "after">;
  underWay?: AttemptsUnderWay;
}

/** Of one address. */
const MAX_WAITING = 1000;
const MAX_WAIT_MS = 5000;

/**
 * Many callers may share an address and come at once, after a restart for example: the valid credentials of some must not use up
 * the attempts of the others. So attempts wait for each other, instead of being counted before they are verified.
 */
export const createAttempts = ({ limiter, timers, underWay = new Map() }: AttemptPorts): Attempts => {
  const attemptsOf = (address: string): AddressAttempts => {
    const known = underWay.get(address) ?? { running: 0, waiting: [] };
    underWay.set(address, known);
    return known;
  };
  const wakeNext = (address: string, { running, waiting }: AddressAttempts): void => {
    waiting.shift()?.();
    if (running === 0 && waiting.length === 0) underWay.delete(address);
  };

  return {
    begin: async (address, checks, newTimeBudget) => {
      for (;;) {
        const states = await limiter.look(checks, newTimeBudget());
        const left = Math.min(...states.map(({ remaining }) => remaining));
        const attempts = attemptsOf(address);
        if (left === 0) {
          // The others that wait are refused too: each wakes the next.
          wakeNext(address, attempts);
          const violated = states.filter(({ remaining }) => remaining === 0);
          const retryAfterSeconds = Math.max(...violated.map(({ resetSeconds }) => resetSeconds));
          return { allowed: false, violated, retryAfterSeconds };
        }
        if (attempts.running < left) {
          attempts.running += 1;
          const end = async (failed: boolean): Promise<void> => {
            // Counted before the next may run, so that no more fail than the limit says.
            if (failed) await limiter.take(checks, newTimeBudget());
            attempts.running -= 1;
            wakeNext(address, attempts);
          };
          return { allowed: true, end };
        }
        if (attempts.waiting.length >= MAX_WAITING || !(await isWoken(attempts, timers))) {
          return { allowed: false, violated: states, retryAfterSeconds: 1 };
        }
      }
    },
  };
};

/** False when `MAX_WAIT_MS` have passed. */
const isWoken = ({ waiting }: AddressAttempts, timers: Pick<Timers, "after">): Promise<boolean> =>
  new Promise((resolve) => {
    const wake = (): void => {
      cancel();
      resolve(true);
    };
    const cancel = timers.after(MAX_WAIT_MS, () => {
      waiting.splice(waiting.indexOf(wake), 1);
      resolve(false);
    });
    waiting.push(wake);
  });
