// A counter in this process's memory: exact for one replica, forgotten when the process ends.
import type { Clock } from "../clock.ts";
import { secondsIn } from "../rates.ts";
import type { Added, Count, Counter, Entry } from "./counter.ts";
import { WindowTable } from "./window-table.ts";

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
