// Writes one process' chain: takes entries at once, and keeps them a moment later, in batches and in their order.
import type { Clock, Timers } from "../clock.ts";
import { describeCause } from "../observe/describe-error.ts";
import type { Log } from "../observe/log.ts";
import { type Head, type Link, link, type Sealer } from "./chain.ts";
import { type AuditEntry, boundedEntry } from "./entry.ts";
import type { AuditStore } from "./store.ts";

export interface AuditTrail {
  /** Never waits and never throws. */
  write(entry: AuditEntry): void;
  /** Resolves when what was written is kept; false when the database did not take it all. */
  flush(): Promise<boolean>;
  /** Tries no more. What is not in the database is told in the log. */
  close(): void;
}

export interface TrailState {
  /** Entries that are not in the database yet. */
  pending: number;
  /** Whether the database took the last batch. */
  isWritable: boolean;
}

interface Ports {
  store: Pick<AuditStore, "append">;
  /** Of this start alone. */
  chain: string;
  sealer: Sealer;
  clock: Pick<Clock, "now">;
  timers: Timers;
  log: Log;
  onState(state: TrailState): void;
  onLost(): void;
}

/** Entries in one transaction. */
const BATCH = 100;
const FLUSH_MS = 500;
const MAX_RETRY_MS = 30_000;
/** Kept in memory while the database is away: a few megabytes. */
export const MAX_PENDING = 10_000;

/** Nothing is lost before `MAX_PENDING` entries wait; those that find no room are counted, and the chain says how many. */
export const createTrail = (ports: Ports): AuditTrail => {
  const { store, chain, sealer, clock, timers, log } = ports;
  const waiting: AuditEntry[] = [];
  // A batch whose commit failed may be in the database all the same: it is tried again as it was, never chained anew.
  let batch: Link[] = [];
  let head: Head | undefined;
  let lost = 0;
  let retryMs = FLUSH_MS;
  let isWritable = true;
  let cancelTimer: (() => void) | undefined;
  let writing: Promise<boolean> | undefined;

  const pending = (): number => waiting.length + batch.length;
  const tell = (): void => ports.onState({ pending: pending(), isWritable });
  const schedule = (ms: number): void => {
    cancelTimer ??= timers.after(ms, () => {
      cancelTimer = undefined;
      void flush();
    });
  };

  const admitLost = (): void => {
    if (lost === 0) return;
    const details = { entries: lost };
    waiting.push({ at: clock.now(), action: "entries-lost", actor: "service", details });
    lost = 0;
  };

  const writeNext = async (): Promise<void> => {
    if (batch.length === 0) {
      batch = waiting.splice(0, BATCH).map((entry) => {
        const next = link(entry, chain, head, sealer);
        head = next;
        return next;
      });
    }
    await store.append(batch);
    batch = [];
    if (waiting.length === 0) admitLost();
  };

  const writeAll = async (): Promise<boolean> => {
    try {
      while (pending() > 0) {
        await writeNext();
        // SQLite answers at once: requests would wait for all batches.
        if (pending() > 0) await new Promise<void>((resolve) => timers.nextTurn(resolve));
      }
      if (!isWritable) log.write("info", "audit-written-again", {});
      isWritable = true;
      retryMs = FLUSH_MS;
      return true;
    } catch (error) {
      if (isWritable) {
        log.write("error", "audit-not-written", { pending: pending(), cause: describeCause(error) });
      }
      isWritable = false;
      retryMs = Math.min(retryMs * 2, MAX_RETRY_MS);
      schedule(retryMs);
      return false;
    } finally {
      tell();
    }
  };

  const flush = (): Promise<boolean> => {
    writing ??= writeAll().finally(() => {
      writing = undefined;
    });
    return writing;
  };

  return {
    write: (entry) => {
      if (pending() >= MAX_PENDING) {
        lost += 1;
        ports.onLost();
        return;
      }
      admitLost();
      waiting.push(boundedEntry(entry));
      tell();
      schedule(FLUSH_MS);
    },
    flush,
    close: () => {
      cancelTimer?.();
      if (pending() > 0) log.write("error", "audit-entries-lost", { entries: pending() + lost });
    },
  };
};
