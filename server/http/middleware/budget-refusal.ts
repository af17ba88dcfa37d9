// Budgets in an answer's fields, also in those of a refusal.
import type { AccountState } from "../../budgets/budgets.ts";
import { budgetExceeded, budgetPolicyName } from "../../budgets/refusal.ts";
import type { Unit } from "../../budgets/units.ts";
import type { Failure } from "../../failures/failure.ts";
import type { RequestFacts } from "../facts.ts";
import { showLimit } from "./limits.ts";

/** Shows the budgets in the answer's fields. `now` is in milliseconds since 1970. */
export const exceeded = (facts: RequestFacts, refusedBy: readonly AccountState[], now: number): Failure => {
  for (const state of refusedBy) showBudget(facts, state, now);
  return budgetExceeded(refusedBy, now);
};

/** The draft's fields take whole numbers. */
const shown: Record<Unit, { unit: string; parts: number }> = {
  requests: { unit: "requests", parts: 1 },
  tokens: { unit: "tokens", parts: 1 },
  minutes: { unit: "seconds", parts: 1000 },
  cost_usd: { unit: "micro-usd", parts: 1000 },
};

/** Only those of the caller alone: how much others spend is not for everyone. */
export const showOwn = (facts: RequestFacts, states: readonly AccountState[], now: number): void => {
  for (const state of states) {
    const { budget, owner } = state.charge.account;
    if (budget.each === "caller" && owner !== "guest") showBudget(facts, state, now);
  }
};

const showBudget = (facts: RequestFacts, state: AccountState, now: number): void => {
  const { charge, spent, held } = state;
  const { limit, period, unit } = charge.account;
  const { unit: word, parts } = shown[unit];
  const remaining = Math.max(0, Math.floor((limit - spent - held) / parts));
  const windowSeconds = Math.round((period.endsAt - period.startsAt) / 1000);
  const name = budgetPolicyName(state);
  const resetSeconds = Math.max(1, Math.ceil((period.endsAt - now) / 1000));
  showLimit(
    facts,
    ['"', name, '";r=', remaining, ";t=", resetSeconds],
    ['"', name, '";q=', Math.floor(limit / parts), ";w=", windowSeconds, `;qu="${word}"`],
  );
};
