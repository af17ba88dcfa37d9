// Decides whether a request may pass, now: everything it claims is counted, or nothing.

import { type Rate, secondsIn } from "../rates.ts";
import type { Added, Count, Counter, Entry } from "./counter.ts";
import type { TimeBudget } from "./time-budget.ts";

/** What a request uses of one limit. */
export interface LimitCheck {
  /** The limit's name, such as `mints-caller`. */
  limit: string;
  rates: readonly Rate[];
  /** Whose count it is, such as a caller's id. */
  key: string;
  /** Whether the caller is told where it stands: his own count he is, one that many share he is not. */
  told: boolean;
}

/** Where one window of one limit stands. */
export interface LimitState {
  window: string;
  quota: number;
  windowSeconds: number;
  remaining: number;
  resetSeconds: number;
  told: boolean;
}

export type Verdict =
  | { allowed: true; states: LimitState[] }
  | { allowed: false; states: LimitState[]; violated: LimitState[]; retryAfterSeconds: number };

export interface Limiter {
  /**
   * Counts one in every window of every claim. Where one is used up, what was counted in the others is taken back. What many
   * share is counted last: not even for a moment by whoever has used up their own.
   */
  take(claims: readonly LimitCheck[], timeBudget: TimeBudget): Promise<Verdict>;
  /** Where the claims stand, without counting. */
  look(claims: readonly LimitCheck[], timeBudget: TimeBudget): Promise<LimitState[]>;
}

/** A count that ends so soon is not taken back: that could open the next window with one too many. */
const TOO_LATE_MS = 500;

export const createLimiter = (counter: Counter): Limiter => ({
  take: async (claims, timeBudget) => {
    const entries = entriesOf(claims);
    const asked = entries.filter(({ told }) => told);
    const shared = entries.filter(({ told }) => !told);
    const added = asked.length === 0 ? [] : await counter.add(asked, timeBudget);
    if (shared.length > 0 && !added.some(isOver)) {
      asked.push(...shared);
      added.push(...(await counter.add(shared, timeBudget)));
    }
    const states = standingsOf(asked, added);
    if (!added.some(isOver)) return { allowed: true, states };
    const violated = states.filter((_, index) => added[index] && isOver(added[index]));
    takeBack(added.filter((count) => !isOver(count)));
    const retryAfterSeconds = Math.max(...violated.map(({ resetSeconds }) => resetSeconds));
    return { allowed: false, states, violated, retryAfterSeconds };
  },
  look: async (claims, timeBudget) => {
    const asked = entriesOf(claims);
    return asked.length === 0 ? [] : standingsOf(asked, await counter.look(asked, timeBudget));
  },
});

interface ToldEntry extends Entry {
  told: boolean;
}

const isOver = ({ used, quota }: Count): boolean => used > quota;

// Every request passes here several times: plain loops, and names that were put together once.
const entriesOf = (claims: readonly LimitCheck[]): ToldEntry[] => {
  const entries: ToldEntry[] = [];
  for (const { limit, rates, key, told } of claims) {
    for (const rate of rates) entries.push({ window: windowOf(limit, rate), rate, key, told });
  }
  return entries;
};

const windows = new WeakMap<Rate, Map<string, string>>();

const windowOf = (limit: string, rate: Rate): string => {
  const names = windows.get(rate) ?? new Map<string, string>();
  const known = names.get(limit);
  if (known !== undefined) return known;
  const name = `${limit}-${rate.per}`;
  windows.set(rate, names.set(limit, name));
  return name;
};

const takeBack = (added: readonly Added[]): void => {
  for (const { resetMs, undo } of added) if (resetMs > TOO_LATE_MS) undo();
};

const standingsOf = (entries: readonly ToldEntry[], tallies: readonly Count[]): LimitState[] =>
  entries.map(({ window, rate, told }, index) => {
    const { used = 0, quota = 0, resetMs = 0 } = tallies[index] ?? {};
    return {
      window,
      quota,
      windowSeconds: secondsIn(rate.per),
      remaining: Math.max(0, quota - used),
      resetSeconds: Math.max(1, Math.ceil(resetMs / 1000)),
      told,
    };
  });
