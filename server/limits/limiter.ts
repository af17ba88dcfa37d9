// Decides whether a request may pass, now: everything it claims is counted, or nothing.
import { type Rate, secondsIn } from "../rates.ts";
import type { Added, Counter, Entry, Tally } from "./counter.ts";
import type { Patience } from "./patience.ts";

/** What a request uses of one limit. */
export interface Claim {
  /** The limit's name, such as `mints-caller`. */
  limit: string;
  rates: readonly Rate[];
  /** Whose count it is, such as a caller's id. */
  key: string;
  /** Whether the caller is told where it stands: his own count he is, one that many share he is not. */
  told: boolean;
}

/** Where one window of one limit stands. */
export interface Standing {
  window: string;
  quota: number;
  windowSeconds: number;
  remaining: number;
  resetSeconds: number;
  told: boolean;
}

export type Verdict =
  | { allowed: true; standings: Standing[] /** Makes it uncounted. */; undo(): void }
  | { allowed: false; standings: Standing[]; violated: Standing[]; retryAfterSeconds: number };

export interface Limiter {
  /** Counts one in every window of every claim. Where one is used up, what was counted in the others is taken back. */
  take(claims: readonly Claim[], patience: Patience): Promise<Verdict>;
  /** Where the claims stand, without counting. */
  look(claims: readonly Claim[], patience: Patience): Promise<Standing[]>;
}

/** A count that ends so soon is not taken back: that could open the next window with one too many. */
const TOO_LATE_MS = 500;

export const createLimiter = (counter: Counter): Limiter => ({
  take: async (claims, patience) => {
    const asked = entriesOf(claims);
    const added = asked.length === 0 ? [] : await counter.add(asked, patience);
    const standings = standingsOf(asked, added);
    const over = added.map(({ used, quota }) => used > quota);
    const violated = standings.filter((_, index) => over[index]);
    if (violated.length === 0) return { allowed: true, standings, undo: () => takeBack(added) };
    takeBack(added.filter((_, index) => !over[index]));
    const retryAfterSeconds = Math.max(...violated.map(({ resetSeconds }) => resetSeconds));
    return { allowed: false, standings, violated, retryAfterSeconds };
  },
  look: async (claims, patience) => {
    const asked = entriesOf(claims);
    return asked.length === 0 ? [] : standingsOf(asked, await counter.look(asked, patience));
  },
});

interface ToldEntry extends Entry {
  told: boolean;
}

const entriesOf = (claims: readonly Claim[]): ToldEntry[] =>
  claims.flatMap(({ limit, rates, key, told }) =>
    rates.map((rate) => ({ window: `${limit}-${rate.per}`, rate, key, told })),
  );

const takeBack = (added: readonly Added[]): void => {
  for (const { resetMs, undo } of added) if (resetMs > TOO_LATE_MS) undo();
};

const standingsOf = (entries: readonly ToldEntry[], tallies: readonly Tally[]): Standing[] =>
  tallies.flatMap(({ used, quota, resetMs }, index) => {
    const entry = entries[index];
    if (!entry) return [];
    const standing = {
      window: entry.window,
      quota,
      windowSeconds: secondsIn(entry.rate.per),
      remaining: Math.max(0, quota - used),
      resetSeconds: Math.max(1, Math.ceil(resetMs / 1000)),
      told: entry.told,
    };
    return [standing];
  });
