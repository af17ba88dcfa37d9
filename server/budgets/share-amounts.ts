// Keeps shared state complete: says that this replica lives, and sends what shared state has missed or lost.
import type { Clock } from "../clock.ts";
import type { LocalAmounts } from "./local-amounts.ts";
import { mergeAccount } from "./merge-amounts.ts";
import type { SavedAmounts } from "./saved-amounts.ts";
import type { SharedAmounts } from "./shared-amounts.ts";

/** Merges that are under way at once. */
const MERGES = 100;

export interface SharePorts {
  local: LocalAmounts;
  saved: Pick<SavedAmounts, "load">;
  shared: SharedAmounts;
  replica: string;
  clock: Pick<Clock, "now">;
  /** Saves what this replica has spent. */
  save(): Promise<void>;
}

/** Returns what is to be called again and again; it resolves also where shared state does not answer. */
export const amountSharing = ({
  local,
  saved,
  shared,
  replica,
  clock,
  save,
}: SharePorts): (() => Promise<void>) => {
  let connections = 0;

  const mayHaveLostAll = (): void => {
    local.isSharedBehind = true;
    for (const [, amount] of local.entries()) amount.isUnshared = true;
  };

  const mergeEach = async (merges: readonly (() => Promise<boolean>)[]): Promise<boolean> => {
    let areMerged = true;
    for (let from = 0; from < merges.length; from += MERGES) {
      const done = await Promise.all(merges.slice(from, from + MERGES).map((each) => each()));
      areMerged &&= done.every(Boolean);
    }
    return areMerged;
  };

  const mergeOwn = (): Promise<boolean> =>
    mergeEach(
      [...local.entries()]
        .filter(([, { isUnshared }]) => isUnshared)
        .map(
          ([id, { endsAt }]) =>
            () =>
              mergeAccount(local, shared, { id, endsAt }),
        ),
    );

  /** What replicas have spent that have ended, or are not connected, is in the database only. */
  const mergeOthers = async (): Promise<boolean> => {
    await save();
    const rows = (await saved.load(clock.now())).filter((row) => row.replica !== replica);
    const byAccount = Map.groupBy(rows, ({ account }) => account);
    return mergeEach(
      [...byAccount].map(([id, others]) => async () => {
        const [first] = others;
        return first === undefined || mergeAccount(local, shared, { id, endsAt: first.endsAt }, others);
      }),
    );
  };

  const renewAndMerge = async (): Promise<void> => {
    const connection = connections;
    try {
      if (!(await shared.renew())) mayHaveLostAll();
      const areMerged = (await mergeOwn()) && (!local.isSharedBehind || (await mergeOthers()));
      // Redis may have been lost again meanwhile.
      if (areMerged && connection === connections) local.isSharedBehind = false;
    } catch {
      // The next call tries again; requests have told the operator.
    }
  };

  /** One at a time: a Redis that hangs is not asked again meanwhile. */
  let sharing: Promise<void> | undefined;
  const share = (): Promise<void> => {
    if (sharing) return sharing;
    const mine = renewAndMerge().finally(() => {
      if (sharing === mine) sharing = undefined;
    });
    sharing = mine;
    return mine;
  };

  local.isSharedBehind = true;
  shared.onConnected(() => {
    connections += 1;
    mayHaveLostAll();
    // What is under way belongs to the connection that was lost. This comes ahead of all requests on the new one.
    sharing = undefined;
    void share();
  });
  return share;
};
