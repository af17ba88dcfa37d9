// Reserves and settles amounts: in shared state, and alone with a share of what is left while shared state does not answer.
import type { FallbackPorts } from "../limits/counter-with-fallback.ts";
import type { TimeBudget } from "../limits/time-budget.ts";
import type { Account, Charge } from "./charges.ts";
import type { AmountState, LocalAmounts } from "./local-amounts.ts";
import { mergeAccount } from "./merge-amounts.ts";
import type { SharedAmounts, SharedCharge } from "./shared-amounts.ts";

/** All charges of a request are reserved together, or none. */
export interface Reservation {
  charges: readonly Charge[];
  /** Those whose estimate does not fit; none where the request is admitted. */
  refused: readonly Charge[];
  /** Whether shared state holds it. */
  isShared: boolean;
}

export interface Reserving {
  /** At once where nothing is shared. */
  reserve(charges: readonly Charge[], timeBudget: TimeBudget): Reservation | Promise<Reservation>;
  /** Gives back what was reserved and counts what was spent, in the order of the charges. Once for each that was admitted. */
  settle(reservation: Reservation, spent: readonly number[]): void;
}

export interface SharedPorts extends Pick<FallbackPorts, "health" | "onCounted"> {
  amounts: SharedAmounts;
}

export interface ReservingPorts {
  local: LocalAmounts;
  /** Undefined where each replica counts alone: then there should be one. */
  shared: SharedPorts | undefined;
  /** The part of what is left that this replica gives out while shared state does not answer. */
  share: number;
  /** Hears of each account that was settled, as it stands then. */
  onSettled(charge: Charge, state: AmountState): void;
}

export const createReserving = ({ local, shared, share, onSettled }: ReservingPorts): Reserving => {
  const reserveAlone = (charges: readonly Charge[]): Reservation => {
    const refused = charges.filter((charge) => !local.fitsAlone(charge, shared ? share : 1));
    if (refused.length === 0) {
      local.hold(charges);
      markUnshared(local, charges);
    }
    return { charges, refused, isShared: false };
  };

  const reserveShared = async (
    charges: readonly Charge[],
    { amounts, health, onCounted }: SharedPorts,
    timeBudget: TimeBudget,
  ): Promise<Reservation> => {
    const outside = local.isSharedBehind ? charges.filter((charge) => !local.fitsAlone(charge, share)) : [];
    if (outside.length > 0) return { charges, refused: outside, isShared: true };
    for (const { account } of charges) {
      if (local.of(account).isUnshared) void mergeAccount(local, amounts, sharedAccount(account));
    }
    const asked = amounts.reserve(sharedCharges(local, charges));
    const merges = charges.map(({ account }) => local.of(account).merges);
    // Held from now on, so that a merge under way does not take it for given back.
    local.hold(charges);
    try {
      const answers = await timeBudget.wait(asked);
      health.onAnswered();
      onCounted("redis");
      hear(
        local,
        charges,
        answers.map(({ others }) => others),
      );
      const refused = charges.filter((_, index) => answers[index]?.isRefused);
      if (refused.length > 0) {
        local.release(charges);
        // A merge that was sent meanwhile has told that they are held.
        giveBack(
          charges.filter(({ account }, index) => local.of(account).merges !== merges[index]),
          amounts,
        );
      }
      return { charges, refused, isShared: true };
    } catch (error) {
      local.release(charges);
      // It may be held there after all. What is merged later arrives later, and sets that right.
      markUnshared(local, charges);
      health.onFailed();
      onCounted("fallback", error instanceof Error ? error : new Error(String(error)));
      return reserveAlone(charges);
    }
  };

  const giveBack = (charges: readonly Charge[], amounts: SharedAmounts): void => {
    if (charges.length === 0) return;
    amounts.settle(sharedCharges(local, charges)).catch(() => markUnshared(local, charges));
  };

  const settleShared = async (
    { charges, isShared }: Reservation,
    { amounts, health }: SharedPorts,
  ): Promise<void> => {
    if (!health.isUsable()) return markUnshared(local, charges);
    if (!isShared) {
      // What only this replica held may have been merged meanwhile.
      await Promise.all(charges.map(({ account }) => mergeAccount(local, amounts, sharedAccount(account))));
      return;
    }
    try {
      hear(local, charges, await amounts.settle(sharedCharges(local, charges)));
    } catch {
      markUnshared(local, charges);
    }
  };

  const tell = (charges: readonly Charge[]): void => {
    for (const charge of charges) onSettled(charge, local.state(charge.account));
  };

  return {
    reserve: (charges, timeBudget) => {
      if (!shared) return reserveAlone(charges);
      if (shared.health.isUsable()) return reserveShared(charges, shared, timeBudget);
      shared.onCounted("fallback");
      return reserveAlone(charges);
    },
    settle: (reservation, spent) => {
      const { charges } = reservation;
      local.settle(charges, spent);
      if (shared) void settleShared(reservation, shared).then(() => tell(charges));
      else tell(charges);
    },
  };
};

const sharedAccount = ({ id, period: { endsAt } }: Account): Pick<SharedCharge, "id" | "endsAt"> => ({
  id,
  endsAt,
});

const sharedCharges = (local: LocalAmounts, charges: readonly Charge[]): SharedCharge[] =>
  charges.map(({ account, estimate }) => ({
    ...sharedAccount(account),
    limit: account.limit,
    estimate,
    spent: local.of(account).spent,
  }));

const markUnshared = (local: LocalAmounts, charges: readonly Charge[]): void => {
  for (const { account } of charges) local.of(account).isUnshared = true;
};

const hear = (local: LocalAmounts, charges: readonly Charge[], others: readonly AmountState[]): void => {
  for (const [index, { account }] of charges.entries()) {
    const state = others[index];
    if (state) local.hear(account, state);
  }
};
