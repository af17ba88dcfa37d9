// Charges of budgets of a test's own.
import type { Caller } from "../../server/auth/caller.ts";
import { type Budget, budgetOf, budgetSchema } from "../../server/budgets/budget.ts";
import { type Charge, chargesOf, runningBudgets } from "../../server/budgets/charges.ts";
import { alice } from "./facts.ts";

/** By default of requests, all callers together, by the day. */
export const budget = (fields: object = {}): Budget =>
  budgetOf(budgetSchema.parse({ name: "daily", requests: 10, per: "day", ...fields }));

export const NOON = Date.UTC(2026, 0, 1, 12);

/** One request's charge to one budget. */
export const charge = (estimate = 1, fields: object = {}, caller: Caller = alice, now = NOON): Charge => {
  const estimates = { requests: estimate, tokens: estimate, minutes: estimate, cost_usd: estimate };
  const spender = { caller, profile: undefined };
  const [first] = chargesOf(runningBudgets([budget(fields)]), spender, estimates, now);
  if (!first) throw new Error("the budget is not for the caller");
  return first;
};
