// How far budgets are used, for those who show it.
import { expect, it } from "vitest";
import { runningBudgets } from "../../../server/budgets/charges.ts";
import { LocalAmounts } from "../../../server/budgets/local-amounts.ts";
import { fullestOf, runningAccounts, spentByAccount, stateOf } from "../../../server/budgets/states.ts";
import { budget, charge, NOON } from "../../support/budget-charges.ts";

const DAY = 86_400_000;
const saved = (spent: number, replica: string, fields: object, now = NOON) => {
  const { account } = charge(1, fields, undefined, now);
  return { account: account.id, replica, endsAt: account.period.endsAt, spent };
};
const statesOf = (budgets: object[], amounts: ReturnType<typeof saved>[], now = NOON) =>
  runningAccounts(runningBudgets(budgets.map(budget)), spentByAccount(new LocalAmounts(), amounts), now).map(
    ({ account, spent }) => stateOf(account, spent, now),
  );

it("a budget that all share is there from the start", () => {
  expect(statesOf([{}], [])).toEqual([
    {
      ...{ name: "daily", scope: "everyone", key: "everyone", unit: "requests", used: 0, limit: 10 },
      ...{ periodStart: NOON - DAY / 2, renewsAt: NOON + DAY / 2, forecast: 0 },
    },
  ]);
});

it("what replicas have spent is added up, and goes on like this to the period's end", () => {
  const states = statesOf([{}], [saved(2, "one", {}), saved(1, "other", {})]);
  expect(states).toMatchObject([{ used: 3, forecast: 6 }]);
});

it("each caller's budget is there when something of it was spent", () => {
  const own = { name: "own", each: "caller", requests: undefined, cost_usd: 5 };
  expect(statesOf([own], [])).toEqual([]);
  expect(statesOf([own], [saved(1_500_000_000, "one", own)])).toMatchObject([
    { scope: "caller", key: "token:alice", unit: "cost_usd", used: 1.5, limit: 5, forecast: 3 },
  ]);
});

it("what ended yesterday, or was another budget's, is not shown", () => {
  const own = { name: "own", each: "caller" };
  const old = [saved(5, "one", own, NOON - DAY), saved(5, "one", { name: "other", each: "caller" })];
  expect(statesOf([own], old)).toEqual([]);
});

it("the first minutes of a day foretell no thousands", () => {
  const midnight = NOON - DAY / 2;
  expect(statesOf([{}], [saved(1, "one", {})], midnight + 60_000)).toMatchObject([{ forecast: 24 }]);
});

it("of many callers the fullest are shown, and of each budget some", () => {
  const { account } = charge(1, { name: "own", each: "caller" });
  const own = [3, 9, 5].map((spent) => ({ account, spent }));
  const other = { account: charge().account, spent: 1 };
  expect(fullestOf([...own, other], 2).map(({ spent }) => spent)).toEqual([9, 5, 1]);
});

it("what is known here and not saved yet counts", () => {
  const local = new LocalAmounts();
  const each = charge(1);
  local.hold([each]);
  local.settle([each], [4]);
  expect(spentByAccount(local, [saved(3, "one", {})]).get(each.account.id)).toBe(4);
});
