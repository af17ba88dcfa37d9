// Decides whether a request may pass now: it is counted against all of its limits, or against none.
import { type Rate, secondsIn } from "../rates.ts";
import type { Added, Count, Counter, Entry } from "./counter.ts";
import type { TimeBudget } from "./time-budget.ts";

/** A limit that a request is counted against. */
export interface LimitCheck {
  /** The limit's name, such as `mints-caller`. */
  limit: string;
  rates: readonly Rate[];
  /** Whose count it is, such as a caller's id. */
  key: string;
  /** Whether answers show its state. A count that many share is shown only where it is the reason of a refusal. */
  exposed: boolean;
}

/** The state of one window of one limit. */
export interface LimitState {
  window: string;
  quota: number;
  windowSeconds: number;
  remaining: number;
  resetSeconds: number;
  exposed: boolean;
}

export type Verdict =
  | { allowed: true; states: LimitState[] }
  | { allowed: false; states: LimitState[]; violated: LimitState[]; retryAfterSeconds: number };

/** Answers at once where its counter does. */
export interface Limiter {
  /**
   * Counts one in every window of every check. Where a limit is used up, the others get theirs back. Shared counts come last:
   * a caller whose own limit is used up never takes from them, not even for a moment.
   */
  take(checks: readonly LimitCheck[], timeBudget: TimeBudget): Verdict | Promise<Verdict>;
  /** The state of each window, without counting. */
  look(checks: readonly LimitCheck[], timeBudget: TimeBudget): LimitState[] | Promise<LimitState[]>;
}

/** A count whose window ends this soon is not taken back: it could be taken from the next window, which would let one too many pass. */
const TOO_LATE_MS = 500;

export const createLimiter = (counter: Counter): Limiter => {
  const add = (entries: readonly Entry[], timeBudget: TimeBudget): Added[] | Promise<Added[]> =>
    entries.length === 0 ? [] : counter.add(entries, timeBudget);

  return {
    take: (checks, timeBudget) => {
      const own = entriesOf(checks, true);
      const shared = entriesOf(checks, false);
      return next(add(own, timeBudget), (added) => {
        if (added.some(isOver)) return verdictOf(own, added);
        return next(add(shared, timeBudget), (more) => verdictOf([...own, ...shared], [...added, ...more]));
      });
    },
    look: (checks, timeBudget) => {
      const entries = [...entriesOf(checks, true), ...entriesOf(checks, false)];
      if (entries.length === 0) return [];
      return next(counter.look(entries, timeBudget), (counts) => statesOf(entries, counts));
    },
  };
};

/** Goes on at once where the value is there. */
const next = <T, R>(value: T | Promise<T>, goOn: (value: T) => R | Promise<R>): R | Promise<R> =>
  value instanceof Promise ? value.then(goOn) : goOn(value);

interface CheckEntry extends Entry {
  exposed: boolean;
}

const entriesOf = (checks: readonly LimitCheck[], isExposed: boolean): CheckEntry[] => {
  const entries: CheckEntry[] = [];
  for (const { limit, rates, key, exposed } of checks) {
    if (exposed !== isExposed) continue;
    for (const rate of rates) entries.push({ window: `${limit}-${rate.per}`, rate, key, exposed });
  }
  return entries;
};

const isOver = ({ used, quota }: Count): boolean => used > quota;

const verdictOf = (entries: readonly CheckEntry[], added: readonly Added[]): Verdict => {
  const states = statesOf(entries, added);
  if (!added.some(isOver)) return { allowed: true, states };
  const violated: LimitState[] = [];
  for (const [index, count] of added.entries()) {
    if (isOver(count)) violated.push(states[index] as LimitState);
    else if (count.resetMs > TOO_LATE_MS) count.undo();
  }
  const retryAfterSeconds = Math.max(...violated.map(({ resetSeconds }) => resetSeconds));
  return { allowed: false, states, violated, retryAfterSeconds };
};

const statesOf = (entries: readonly CheckEntry[], counts: readonly Count[]): LimitState[] =>
  counts.map(({ used, quota, resetMs }, index) => {
    const { window, rate, exposed } = entries[index] as CheckEntry;
    return {
      window,
      quota,
      windowSeconds: secondsIn(rate.per),
      remaining: Math.max(0, quota - used),
      resetSeconds: Math.max(1, Math.ceil(resetMs / 1000)),
      exposed,
    };
  });
