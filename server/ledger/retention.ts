// Deletes single records and contents after their time, a few at once; sums stay for ever.
import type { Clock, Timers } from "../clock.ts";
import { DAY_MS, HOUR_MS } from "./calendar.ts";

/** The port to the records' tables. */
export interface RecordTables {
  /** Makes the tables for this month's records and the next's, where the database has one for each month. */
  makeMonths(now: number): Promise<void>;
  /** Drops whole months whose records are all older. */
  dropMonthsBefore(at: number): Promise<void>;
  /** Deletes some of the oldest records that are older; answers how many. */
  deleteBefore(at: number, max: number): Promise<number>;
  /** The same with contents. */
  deleteContentsBefore(at: number, max: number): Promise<number>;
}

interface RetentionPorts {
  tables: RecordTables;
  clock: Pick<Clock, "now">;
  timers: Pick<Timers, "after">;
  /** Of records. */
  days: number;
  /** Of contents, which go with their record at the latest. */
  contentDays: number;
  onFailure(error: unknown): void;
}

/** Each slice is one short statement, after which others have their turn. */
const SLICE = 500;
/** A content may have as much as a hundred records. */
const CONTENT_SLICE = 50;
const PAUSE_MS = 50;
/** The first requests after a start do not wait for it. */
const FIRST_MS = 60_000;

/** Runs a minute after the start and then each hour, until it is stopped. Several replicas may do the same at once. */
export const keepRetention = ({ tables, clock, timers, days, contentDays, onFailure }: RetentionPorts) => {
  let isStopped = false;
  let cancel = (): void => {};
  let running: Promise<void> = Promise.resolve();
  const later = (ms: number): void => {
    if (isStopped) return;
    cancel = timers.after(ms, () => {
      running = run().catch((error: unknown) => {
        onFailure(error);
        later(HOUR_MS);
      });
    });
  };
  // The pauses are timers too: what stops it cancels them.
  const run = async (): Promise<void> => {
    const cutoff = clock.now() - days * DAY_MS;
    await tables.makeMonths(clock.now());
    await tables.dropMonthsBefore(cutoff);
    const deleted = await tables.deleteBefore(cutoff, SLICE);
    const contentCutoff = clock.now() - Math.min(contentDays, days) * DAY_MS;
    const deletedContents = await tables.deleteContentsBefore(contentCutoff, CONTENT_SLICE);
    const isMoreLeft = deleted === SLICE || deletedContents === CONTENT_SLICE;
    later(isMoreLeft ? PAUSE_MS : HOUR_MS);
  };
  later(FIRST_MS);
  return {
    stop: async (): Promise<void> => {
      isStopped = true;
      cancel();
      await running;
    },
  };
};
