// How far each budget is used, for reports, the operator's page, metrics and the check at the start.
import type { Budget } from "./budget.ts";
import { sharedOwner } from "./budget.ts";
import { type Account, accountNameOf, accountOf, type RunningBudget } from "./charges.ts";
import type { LocalAmounts, ReplicaAmount } from "./local-amounts.ts";
import type { Period } from "./period.ts";
import { plainAmount, type Unit } from "./units.ts";

export interface BudgetState {
  /** Its name in broker.yaml. */
  name: string;
  /** Whether each caller, team or profile has one of its own; `everyone` where all share it. */
  scope: NonNullable<Budget["each"]> | "everyone";
  /** Whose it is: `user:bob`, `team:search`, `everyone`. */
  key: string;
  unit: Unit;
  /** As broker.yaml has them: requests, tokens, minutes, US dollars. */
  used: number;
  limit: number;
  /** Milliseconds since 1970. */
  periodStart: number;
  renewsAt: number;
  /** What will have been used at the period's end if it goes on like this. */
  forecast: number;
}

/** Accounts of the running periods that have spent something, and those of budgets that all share. */
export const runningAccounts = (
  budgets: readonly RunningBudget[],
  spent: ReadonlyMap<string, number>,
  now: number,
): { account: Account; spent: number }[] => {
  const names = [...spent.keys()].map((id) => ({ id, ...accountNameOf(id) }));
  return budgets.flatMap(({ budget, calendar }) => {
    const period = calendar(now);
    return budget.limits.flatMap(({ unit, limit }) => {
      const owners =
        budget.each === undefined
          ? [sharedOwner(budget)]
          : names.filter((name) => isOf(name, budget, unit, period)).map(({ owner }) => owner);
      return owners.map((owner) => {
        const account = accountOf(budget, owner, unit, limit, period);
        return { account, spent: spent.get(account.id) ?? 0 };
      });
    });
  });
};

const isOf = (
  name: { budget: string; unit: string; per: string; startsAt: number; owner: string },
  budget: Budget,
  unit: Unit,
  period: Period,
): boolean =>
  name.budget === budget.name &&
  name.unit === unit &&
  name.per === budget.per &&
  name.startsAt === period.startsAt &&
  name.owner !== "all";

/** What is known here and what is saved, by account: the larger is the newer. */
export const spentByAccount = (local: LocalAmounts, saved: readonly ReplicaAmount[]): Map<string, number> => {
  const sums = new Map<string, number>();
  for (const { account, spent } of saved) sums.set(account, (sums.get(account) ?? 0) + spent);
  for (const [id, { spent, othersSpent }] of local.entries()) {
    sums.set(id, Math.max(sums.get(id) ?? 0, spent + othersSpent));
  }
  return sums;
};

/** Of each budget and unit, at most `most` accounts, the fullest first. */
export const fullestOf = <Used extends { account: Account; spent: number }>(
  accounts: readonly Used[],
  most: number,
): Used[] => {
  const ratio = ({ account, spent }: Used): number => spent / account.limit;
  const groups = Map.groupBy(accounts, ({ account }) => `${account.budget.name} ${account.unit}`);
  return [...groups.values()].flatMap((group) =>
    group.toSorted((a, b) => ratio(b) - ratio(a)).slice(0, most),
  );
};

export const stateOf = (account: Account, spent: number, now: number): BudgetState => {
  const { budget, owner, unit, limit, period } = account;
  return {
    name: budget.name,
    scope: budget.each ?? "everyone",
    key: owner,
    unit,
    used: plainAmount(unit, spent),
    limit: plainAmount(unit, limit),
    periodStart: period.startsAt,
    renewsAt: period.endsAt,
    forecast: plainAmount(unit, forecastOf(spent, period, now)),
  };
};

const HOUR_MS = 3_600_000;

// The first hour says little about the rest.
const forecastOf = (spent: number, { startsAt, endsAt }: Period, now: number): number => {
  const passed = Math.max(now - startsAt, HOUR_MS);
  return Math.max(spent, Math.round((spent * (endsAt - startsAt)) / passed));
};
