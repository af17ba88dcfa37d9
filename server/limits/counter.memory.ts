// A counter in this process's memory: exact for one replica, forgotten when the process ends.
import type { Clock } from "../clock.ts";
import { secondsIn } from "../rates.ts";
import type { Added, Count, Counter, Entry } from "./counter.ts";

/** How many keys one window remembers. Beyond that, those that were not counted lately are forgotten. */
const CAPACITY = 50_000;

/** The counts, by window. They outlive a change of the limits. */
export type MemoryCounts = Map<string, WindowTable>;

export interface MemoryCounter extends Counter {
  add(entries: readonly Entry[]): Added[];
  look(entries: readonly Entry[]): Count[];
}

/** `share` is the part of each quota that this replica gives out, at least one. */
export const memoryCounter = (
  clock: Pick<Clock, "now">,
  counts: MemoryCounts = new Map(),
  share = 1,
): MemoryCounter => {
  const tableOf = ({ window, rate }: Entry): WindowTable => {
    const known = counts.get(window);
    if (known) return known;
    const table = new WindowTable(CAPACITY, secondsIn(rate.per) * 1000);
    counts.set(window, table);
    return table;
  };
  const quotaOf = ({ rate }: Entry): number => Math.max(1, Math.floor(rate.count * share));

  return {
    add: (entries) => {
      const now = clock.now();
      return entries.map((entry) => {
        const window = tableOf(entry).add(entry.key, now);
        const undo = () => {
          window.used -= 1;
        };
        return { used: window.used, quota: quotaOf(entry), resetMs: window.endsAt - now, undo };
      });
    },
    look: (entries) => {
      const now = clock.now();
      return entries.map((entry) => {
        const window = tableOf(entry).find(entry.key, now);
        const resetMs = window ? window.endsAt - now : secondsIn(entry.rate.per) * 1000;
        return { used: window?.used ?? 0, quota: quotaOf(entry), resetMs };
      });
    },
  };
};

export interface Window {
  used: number;
  /** Milliseconds since 1970. */
  endsAt: number;
}

/**
 * The table has two halves. When the newer half is full, or as old as a window is long, it becomes the older half, and what the
 * older half held is forgotten. A key moves to the newer half when it is counted.
 *
 * rate-limiter-flexible's memory has no maximum and a timer for each key, and forgets windows of a month at once: no timer runs
 * that long.
 */
export class WindowTable {
  readonly #half: number;
  readonly #lengthMs: number;
  #newer = new Map<string, Window>();
  #older = new Map<string, Window>();
  #turnsAt = 0;

  constructor(capacity: number, lengthMs: number) {
    this.#half = Math.max(1, Math.floor(capacity / 2));
    this.#lengthMs = lengthMs;
  }

  /** Counts one more, in a new window where the last one has ended. */
  add(key: string, now: number): Window {
    const known = this.#newer.get(key);
    if (known && known.endsAt > now) {
      known.used += 1;
      return known;
    }
    if (this.#newer.size >= this.#half || now >= this.#turnsAt) this.#turn(now);
    const window = this.find(key, now) ?? { used: 0, endsAt: now + this.#lengthMs };
    window.used += 1;
    this.#newer.set(key, window);
    return window;
  }

  /** Undefined where no window of the key is open. */
  find(key: string, now: number): Window | undefined {
    const window = this.#newer.get(key) ?? this.#older.get(key);
    return window && window.endsAt > now ? window : undefined;
  }

  #turn(now: number): void {
    this.#older = this.#newer;
    this.#newer = new Map();
    this.#turnsAt = now + this.#lengthMs;
  }
}
