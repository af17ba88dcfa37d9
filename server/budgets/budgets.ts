// Budgets: may a request pass, what has it spent, and how far is each budget used.
import type { Clock } from "../clock.ts";
import type { TimeBudget } from "../limits/time-budget.ts";
import type { Alerts } from "./alerts.ts";
import type { Budget, Spender } from "./budget.ts";
import { ownerOf } from "./budget.ts";
import { type Charge, chargesOf, type RunningBudget } from "./charges.ts";
import type { LocalAmounts } from "./local-amounts.ts";
import type { Reservation, Reserving } from "./reserve.ts";
import { thresholdOfRefusal } from "./thresholds.ts";
import type { Amounts } from "./units.ts";

/** One account of a request, as it stands. */
export interface AccountState {
  charge: Charge;
  spent: number;
  /** Reserved by requests under way. */
  held: number;
  /** Whether what is left is too little, whatever requests under way give back. */
  isTooLittle: boolean;
}

export type BudgetVerdict =
  | { allowed: true; reservation: Reservation }
  | { allowed: false; refusedBy: readonly AccountState[] };

export interface Budgets {
  /** Undefined where no budget is for the request. At once where nothing is shared. */
  reserve(
    spender: Spender,
    estimate: Amounts,
    timeBudget: TimeBudget,
  ): BudgetVerdict | undefined | Promise<BudgetVerdict>;
  /** To be called once for each reservation. A unit that is left out has spent nothing. */
  settle(reservation: Reservation, spent: Amounts): void;
  /** The budget in US dollars that keeps a caller from models without a price; undefined where none does. */
  refusesUnpriced(spender: Spender): Budget | undefined;
  /** How the accounts of an admitted request stand, in the order of its charges. */
  states(reservation: Reservation): AccountState[];
}

export interface BudgetPorts {
  budgets: readonly RunningBudget[];
  local: LocalAmounts;
  reserving: Reserving;
  alerts: Pick<Alerts, "check">;
  clock: Pick<Clock, "now">;
}

export const createBudgets = ({ budgets, local, reserving, alerts, clock }: BudgetPorts): Budgets => {
  const stateOf = (charge: Charge): AccountState => {
    const { account, estimate } = charge;
    const { spent, held } = local.state(account);
    return { charge, spent, held, isTooLittle: spent >= account.limit || spent + estimate > account.limit };
  };

  const verdictOf = (reservation: Reservation): BudgetVerdict => {
    const { refused } = reservation;
    if (refused.length === 0) return { allowed: true, reservation };
    const refusedBy = refused.map(stateOf);
    for (const { charge, spent, isTooLittle } of refusedBy) {
      if (isTooLittle) alerts.check(charge.account, thresholdOfRefusal(spent, charge.account.limit));
    }
    return { allowed: false, refusedBy };
  };

  return {
    reserve: (spender, estimate, timeBudget) => {
      const charges = chargesOf(budgets, spender, estimate, clock.now());
      if (charges.length === 0) return undefined;
      const reservation = reserving.reserve(charges, timeBudget);
      return reservation instanceof Promise ? reservation.then(verdictOf) : verdictOf(reservation);
    },
    settle: (reservation, spent) =>
      reserving.settle(
        reservation,
        reservation.charges.map(({ account }) => Math.max(0, Math.round(spent[account.unit] ?? 0))),
      ),
    refusesUnpriced: (spender) =>
      budgets.find(
        ({ budget }) =>
          budget.refusesUnpriced &&
          budget.limits.some(({ unit }) => unit === "cost_usd") &&
          ownerOf(budget, spender) !== undefined,
      )?.budget,
    states: ({ charges }) => charges.map(stateOf),
  };
};
