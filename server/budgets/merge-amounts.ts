// Tells shared state all that this replica has spent and holds of an account, and hears of the others.
import type { LocalAmounts, ReplicaAmount } from "./local-amounts.ts";
import type { SharedAmounts, SharedCharge } from "./shared-amounts.ts";

/**
 * Sent before it returns: what is reserved later arrives later. `others` is what the database has of other replicas. Resolves with
 * whether shared state has taken it; if not, the account is marked, and the next request for it tries again.
 */
export const mergeAccount = async (
  local: LocalAmounts,
  shared: Pick<SharedAmounts, "merge">,
  { id, endsAt }: Pick<SharedCharge, "id" | "endsAt">,
  others: readonly ReplicaAmount[] = [],
): Promise<boolean> => {
  const account = { id, period: { startsAt: 0, endsAt } };
  const amount = local.of(account);
  amount.isUnshared = false;
  amount.merges += 1;
  try {
    local.hear(account, await shared.merge({ id, endsAt }, amount, others));
    return true;
  } catch {
    amount.isUnshared = true;
    return false;
  }
};
