// Keeps this replica's amounts where they outlive it: in the database every second, and in shared state whatever it has missed.
import type { Clock, Timers } from "../clock.ts";
import { describeCause } from "../observe/describe-error.ts";
import type { Log } from "../observe/log.ts";
import type { KnownAmount, LocalAmounts, ReplicaAmount } from "./local-amounts.ts";
import type { SavedAmounts } from "./saved-amounts.ts";
import type { SharedAmounts } from "./shared-amounts.ts";

const SAVE_MS = 1000;
/** Well within the time after which a replica counts as dead. */
const RENEW_EVERY = 5;
const FORGET_EVERY = 3600;
/** Merges that are under way at once. */
const MERGES = 100;
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

  const merge = async (id: string, endsAt: number, others: readonly ReplicaAmount[]): Promise<void> => {
    const amount = local.of({ id, period: { startsAt: 0, endsAt } });
    amount.isUnshared = false;
    try {
      const state = await shared?.merge({ id, endsAt }, amount.held, [own(id, amount), ...others]);
      if (state) local.hear({ id, period: { startsAt: 0, endsAt } }, state);
    } catch {
      amount.isUnshared = true;
    }
  };

  const mergeEach = async (merges: readonly (() => Promise<void>)[]): Promise<void> => {
    for (let from = 0; from < merges.length; from += MERGES) {
      await Promise.all(merges.slice(from, from + MERGES).map((each) => each()));
    }
  };

  /** Redis may have lost everything, what replicas that have ended had spent too. */
  const mergeAll = async (): Promise<void> => {
    const now = clock.now();
    // Its own comes first, and the database has all of it for the others.
    await mergeEach(
      [...local.entries()].map(
        ([id, { endsAt }]) =>
          () =>
            merge(id, endsAt, []),
      ),
    );
    await save();
    const rows = (await saved.load(now).catch(() => [])).filter((row) => row.replica !== replica);
    const others = Map.groupBy(rows, ({ account }) => account);
    const known = [...local.entries()].filter(([, { endsAt }]) => endsAt > now);
    const ends = new Map([
      ...rows.map(({ account, endsAt }) => [account, endsAt] as const),
      ...known.map(([id, { endsAt }]) => [id, endsAt] as const),
    ]);
    await mergeEach(
      [...ends].map(
        ([id, endsAt]) =>
          () =>
            merge(id, endsAt, others.get(id) ?? []),
      ),
    );
  };

  const mergeMissed = (): Promise<void> =>
    mergeEach(
      [...local.entries()]
        .filter(([, { isUnshared }]) => isUnshared)
        .map(
          ([id, { endsAt }]) =>
            () =>
              merge(id, endsAt, []),
        ),
    );

  const renewAndMerge = async (): Promise<void> => {
    try {
      if (await shared?.renew()) await mergeMissed();
      else await mergeAll();
      local.isSharedBehind = false;
    } catch {
      // The next round tries again; requests have told the operator.
    }
  };

  /** One at a time: a Redis that hangs is not asked again meanwhile, and nothing else waits for it. */
  let sharing: Promise<void> | undefined;
  const share = (): Promise<void> => {
    if (!shared) return Promise.resolve();
    sharing ??= renewAndMerge().finally(() => {
      sharing = undefined;
    });
    return sharing;
  };

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
    if (rounds % RENEW_EVERY === 0) {
      void share();
      local.forgetEnded(clock.now());
    }
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
      await atMost(SAVE_MS, share());
      shared?.onConnected(() => {
        local.isSharedBehind = true;
        void share();
      });
      schedule();
    },
    stop: async () => {
      isStopped = true;
      cancel();
      await save();
    },
  };
};
