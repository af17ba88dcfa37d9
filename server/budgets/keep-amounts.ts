// Keeps this replica's amounts where they outlive it: in the database every second, and in shared state whatever it has missed.
import type { Clock, Timers } from "../clock.ts";
import { describeCause } from "../observe/describe-error.ts";
import type { Log } from "../observe/log.ts";
import type { KnownAmount, LocalAmounts, ReplicaAmount } from "./local-amounts.ts";
import type { SavedAmounts } from "./saved-amounts.ts";
import { amountSharing } from "./share-amounts.ts";
import type { SharedAmounts } from "./shared-amounts.ts";

const SAVE_MS = 1000;
/** Well within the time after which a replica counts as dead. */
const RENEW_EVERY = 5;
const FORGET_EVERY = 3600;
const DAY_MS = 86_400_000;
/** How long amounts and alerts of ended periods stay in the database, for reports. */
const KEPT_MS = 35 * DAY_MS;

export interface KeepPorts {
  local: LocalAmounts;
  saved: SavedAmounts;
  shared: SharedAmounts | undefined;
  /** This process's name among the replicas. */
  replica: string;
  clock: Pick<Clock, "now">;
  timers: Pick<Timers, "after">;
  log: Log;
}

export interface AmountKeeper {
  /** Takes over what was saved, then saves repeatedly. Rejects when the database does not answer. */
  start(): Promise<void>;
  /** Ends that, and saves what is left. */
  stop(): Promise<void>;
}

export const amountKeeper = (ports: KeepPorts): AmountKeeper => {
  const { local, saved, shared, replica, clock, timers, log } = ports;
  let cancel = (): void => {};
  let isSaving = true;
  let rounds = 0;

  const own = (account: string, { endsAt, spent }: KnownAmount): ReplicaAmount => ({
    account,
    replica,
    endsAt,
    spent,
  });

  const save = async (): Promise<void> => {
    const unsaved = [...local.entries()].filter(([, { isUnsaved }]) => isUnsaved);
    if (unsaved.length === 0) return;
    const amounts = unsaved.map(([id, amount]) => own(id, amount));
    for (const [, amount] of unsaved) amount.isUnsaved = false;
    try {
      await saved.save(amounts);
      if (!isSaving) log.write("info", "budgets-saved-again", {});
      isSaving = true;
    } catch (error) {
      for (const [, amount] of unsaved) amount.isUnsaved = true;
      const effect = "amounts that were spent meanwhile are lost if the process ends now";
      if (isSaving)
        log.write("error", "budgets-unsaved", {
          setting: "DATABASE_URL",
          effect,
          cause: describeCause(error),
        });
      isSaving = false;
    }
  };

  const share = shared && amountSharing({ local, saved, shared, replica, clock, save });

  const atMost = (ms: number, work: Promise<void>): Promise<void> =>
    new Promise((resolve) => {
      const stopWaiting = timers.after(ms, resolve);
      void work.finally(() => {
        stopWaiting();
        resolve();
      });
    });

  const forget = async (): Promise<void> => {
    try {
      await saved.forget(clock.now() - KEPT_MS);
    } catch {
      // Old rows do no harm for another hour.
    }
  };

  const round = async (): Promise<void> => {
    await save();
    // Not waited for: a Redis that hangs keeps nothing from being saved.
    if (share && (local.isSharedBehind || rounds % RENEW_EVERY === 0)) void share();
    if (rounds % RENEW_EVERY === 0) local.forgetEnded(clock.now());
    if (rounds % FORGET_EVERY === 0) await forget();
    rounds += 1;
  };

  let isStopped = false;
  const schedule = (): void => {
    cancel = timers.after(SAVE_MS, async () => {
      await round();
      if (!isStopped) schedule();
    });
  };

  return {
    start: async () => {
      const rows = await saved.load(clock.now());
      local.restore(rows.filter((row) => row.replica !== replica));
      if (share) await atMost(SAVE_MS, share());
      schedule();
    },
    stop: async () => {
      isStopped = true;
      cancel();
      await save();
    },
  };
};
