// Counts in this process's memory: exact for one replica, forgotten when it ends.
import type { Clock } from "../clock.ts";
import { secondsIn } from "../rates.ts";
import type { Counter, Entry } from "./counter.ts";
import { WindowTable } from "./window-table.ts";

/** How many keys one window remembers. Under a flood of more, those that were not counted lately are forgotten. */
const CAPACITY = 50_000;

/** `share` is the part of each quota that is given out, at least one. */
export const memoryCounter = (clock: Pick<Clock, "now">, share = 1): Counter => {
  const tables = new Map<string, WindowTable>();

  const tableOf = ({ window, rate }: Entry): WindowTable => {
    const known = tables.get(window);
    if (known) return known;
    const table = new WindowTable(CAPACITY, secondsIn(rate.per) * 1000);
    tables.set(window, table);
    return table;
  };
  const quotaOf = ({ rate }: Entry): number =>
    share === 1 ? rate.count : Math.max(1, Math.floor(rate.count * share));

  return {
    add: async (entries) => {
      const now = clock.now();
      return entries.map((entry) => {
        const counted = tableOf(entry).add(entry.key, now);
        const undo = () => {
          counted.used -= 1;
        };
        return { used: counted.used, quota: quotaOf(entry), resetMs: counted.endsAt - now, undo };
      });
    },
    look: async (entries) => {
      const now = clock.now();
      return entries.map((entry) => {
        const found = tableOf(entry).find(entry.key, now);
        const resetMs = found ? found.endsAt - now : secondsIn(entry.rate.per) * 1000;
        return { used: found?.used ?? 0, quota: quotaOf(entry), resetMs };
      });
    },
  };
};
