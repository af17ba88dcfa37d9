// Anchors: entries that hold the heads of all chains. What an anchor names cannot be cut off unseen, and its own hash stands in the log.
import type { Clock, Timers } from "../clock.ts";
import { describeCause } from "../observe/describe-error.ts";
import type { Log } from "../observe/log.ts";
import { type Link, link, type Sealer } from "./chain.ts";
import { ANCHORS, type AuditStore, type ChainHead } from "./store.ts";

const DAY_MS = 86_400_000;
const RETRY_MS = 60_000;

interface Ports {
  store: Pick<AuditStore, "anchor" | "expire">;
  sealer: Sealer;
  clock: Pick<Clock, "now">;
  timers: Timers;
  log: Log;
  /** After how many days entries are deleted; undefined for never. */
  retentionDays: number | undefined;
}

export interface Anchors {
  /** Anchors what is in the database. False when the database did not answer; never rejects. */
  anchor(): Promise<boolean>;
  /** Deletes what is older than the retention, and says so among the anchors. False when the database did not answer; never rejects. */
  expire(): Promise<boolean>;
  /** Anchors, and deletes what is old, at each midnight (UTC). Returns how to end it. */
  everyDay(): () => void;
}

export const createAnchors = ({ store, sealer, clock, timers, log, retentionDays }: Ports): Anchors => {
  const logged = ({ number, hash, at }: Link, heads: number): void =>
    log.write("info", "audit-anchor", { number, hash, at: new Date(at).toISOString(), chains: heads });

  const anchor = async (): Promise<boolean> => {
    try {
      for (;;) {
        let count = 0;
        const added = await store.anchor((before, heads) => {
          count = heads.length;
          return anchorLink(before, { chains: heads }, "anchor", clock.now(), sealer);
        });
        if (!added) return true;
        logged(added, count);
      }
    } catch (error) {
      log.write("warn", "audit-not-anchored", { cause: describeCause(error) });
      return false;
    }
  };

  const expire = async (): Promise<boolean> => {
    if (retentionDays === undefined) return true;
    const before = clock.now() - retentionDays * DAY_MS;
    const details = { before: new Date(before).toISOString() };
    try {
      for (;;) {
        const added = await store.expire(before, (head, { chains }) =>
          anchorLink(head, { ...details, chains }, "entries-expired", clock.now(), sealer),
        );
        if (!added) return true;
        // SQLite answers at once: requests would wait for all of it.
        await new Promise<void>((resolve) => timers.nextTurn(resolve));
      }
    } catch (error) {
      log.write("warn", "audit-not-expired", { cause: describeCause(error) });
      return false;
    }
  };

  const everyDay = (): (() => void) => {
    let cancel = (): void => {};
    const next = (ms: number): void => {
      cancel = timers.after(ms, async () => {
        const isDone = (await anchor()) && (await expire());
        next(isDone ? DAY_MS - (clock.now() % DAY_MS) : RETRY_MS);
      });
    };
    next(DAY_MS - (clock.now() % DAY_MS));
    return () => cancel();
  };

  return { anchor, expire, everyDay };
};

// Made here of numbers and hashes alone, so its lists are not cut as those of other entries are.
const anchorLink = (
  before: Parameters<typeof link>[2],
  details: { chains: readonly ChainHead[]; before?: string },
  action: "anchor" | "entries-expired",
  at: number,
  sealer: Sealer,
): Link => link({ at, action, actor: "service", details: { ...details } }, ANCHORS, before, sealer);
