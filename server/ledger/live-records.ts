// New records as the books get them, for those who watch: one query a second for all of them, and none while there are none.
import type { Clock, Timers } from "../clock.ts";
import type { Books } from "./books.ts";
import type { UsageRecord } from "./record.ts";

export interface LiveRecords {
  /**
   * Calls `onRecords` with new records, the newest first, at most once a second, of all replicas that share the database. Returns how
   * to stop; undefined where too many are watching.
   */
  watch(onRecords: (records: readonly UsageRecord[]) => void): (() => void) | undefined;
}

interface LivePorts {
  books: Pick<Books, "records">;
  clock: Pick<Clock, "now">;
  timers: Pick<Timers, "after">;
}

const PAUSE_MS = 1000;
const MAX_WATCHING = 32;
/** More than anybody can read; the sums have them all. */
const MAX_RECORDS = 50;
/** A record is written up to seconds after its request has ended, later than records of other replicas. */
const OVERLAP_MS = 10_000;

export const createLiveRecords = ({ books, clock, timers }: LivePorts): LiveRecords => {
  const watching = new Set<(records: readonly UsageRecord[]) => void>();
  let isPolling = false;
  /** Ids of the last seconds, with the end of their request. */
  const known = new Map<string, number>();
  let startedAt = 0;

  const readNew = async (): Promise<readonly UsageRecord[]> => {
    const until = clock.now();
    const since = Math.max(startedAt, until - OVERLAP_MS);
    const records = await books.records({ since, until, where: {}, limit: MAX_RECORDS });
    for (const [id, at] of known) if (at < since) known.delete(id);
    const fresh = records.filter(({ requestId, at }) => at >= since && !known.has(requestId));
    for (const { requestId, at } of fresh) known.set(requestId, at);
    return fresh;
  };

  const poll = async (): Promise<void> => {
    // A database that does not answer now is asked again in a second.
    const records = await readNew().catch(() => []);
    if (records.length > 0) for (const onRecords of [...watching]) onRecords(records);
    schedule();
  };

  const schedule = (): void => {
    isPolling = watching.size > 0;
    if (isPolling) timers.after(PAUSE_MS, () => void poll());
  };

  return {
    watch: (onRecords) => {
      if (watching.size >= MAX_WATCHING) return undefined;
      watching.add(onRecords);
      if (!isPolling) {
        startedAt = clock.now();
        known.clear();
        schedule();
      }
      return () => void watching.delete(onRecords);
    },
  };
};
