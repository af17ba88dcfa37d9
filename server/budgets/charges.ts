// Which amounts a request counts towards: each budget that is for its caller, in each of the budget's units. Pure.
import { type Budget, ownerOf, type Spender } from "./budget.ts";
import { type Calendar, calendarOf, type Period } from "./period.ts";
import type { Amounts, Unit } from "./units.ts";

/** One amount that is counted: what an owner spends of a unit in a period. */
export interface Account {
  /** The same on all replicas, and with each start. */
  id: string;
  budget: Budget;
  owner: string;
  unit: Unit;
  /** In whole parts. */
  limit: number;
  period: Period;
}

/** What is reserved of an account for one request, in whole parts. */
export interface Charge {
  account: Account;
  estimate: number;
}

export interface RunningBudget {
  budget: Budget;
  calendar: Calendar;
}

export const runningBudgets = (budgets: readonly Budget[]): RunningBudget[] =>
  budgets.map((budget) => ({ budget, calendar: calendarOf(budget.per, budget.timeZone) }));

/** A request is charged in the period in which it begins, however long it takes. */
export const chargesOf = (
  budgets: readonly RunningBudget[],
  spender: Spender,
  estimate: Amounts,
  now: number,
): Charge[] => {
  const charges: Charge[] = [];
  for (const { budget, calendar } of budgets) {
    const owner = ownerOf(budget, spender);
    if (owner === undefined) continue;
    for (const { unit, limit } of budget.limits) {
      const amount = estimate[unit];
      if (amount === undefined) continue;
      charges.push({ account: accountOf(budget, owner, unit, limit, calendar(now)), estimate: amount });
    }
  }
  return charges;
};

export const accountOf = (
  budget: Budget,
  owner: string,
  unit: Unit,
  limit: number,
  period: Period,
): Account => ({
  // The owner comes last: a name of an identity provider's may hold anything.
  id: `${budget.name}|${unit}|${budget.per}|${period.startsAt}|${budget.each === undefined ? "all" : owner}`,
  ...{ budget, owner, unit, limit, period },
});

/** What stands in an account's id. */
export interface AccountName {
  budget: string;
  unit: string;
  per: string;
  startsAt: number;
  owner: string;
}

export const accountNameOf = (id: string): AccountName => {
  const [budget = "", unit = "", per = "", startsAt = "", ...owner] = id.split("|");
  return { budget, unit, per, startsAt: Number(startsAt), owner: owner.join("|") };
};
