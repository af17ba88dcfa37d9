// The refusal of a request for which a budget has no room: which one, how far over, and when it renews.
import type { AccountState } from "../../budgets/budgets.ts";
import { type Unit, writtenAmount } from "../../budgets/units.ts";
import { Failure } from "../../failures/failure.ts";
import type { RequestFacts } from "../facts.ts";
import { showLimit } from "./limits.ts";

/** What requests under way hold may be free again by then. */
const BUSY_SECONDS = 2;

/** Shows the budgets in the answer's fields. `now` is in milliseconds since 1970. */
export const exceeded = (facts: RequestFacts, refusedBy: readonly AccountState[], now: number): Failure => {
  const waits = refusedBy.map((state) => waitSeconds(state, now));
  for (const state of refusedBy) showBudget(facts, state, now);
  const retryAfterSeconds = Math.max(...waits);
  const isFinal = refusedBy.some(({ isTooLittle }) => isTooLittle);
  const headers = {
    "retry-after": String(retryAfterSeconds),
    // OpenAI's packages would try again at once.
    ...(isFinal && { "x-should-retry": "false" }),
  };
  const detail = refusedBy.map((state) => explain(state)).join(" ");
  return new Failure("budget-exceeded", detail, { headers, violatedPolicies: refusedBy.map(nameOf) });
};

const waitSeconds = ({ charge, isTooLittle }: AccountState, now: number): number =>
  isTooLittle ? Math.max(1, Math.ceil((charge.account.period.endsAt - now) / 1000)) : BUSY_SECONDS;

const nameOf = ({ charge: { account } }: AccountState): string =>
  `budget-${account.budget.name}-${account.unit}`;

const explain = ({ charge: { account, estimate }, spent, isTooLittle }: AccountState): string => {
  const { budget, unit, limit, period } = account;
  const written = (amount: number): string => writtenAmount(unit, amount);
  const whole = `${written(limit)} per ${budget.per}`;
  const renewal = `It renews at ${new Date(period.endsAt).toISOString()}.`;
  if (spent >= limit) {
    const over = spent > limit ? `, ${written(spent - limit)} over` : "";
    return `The budget ${budget.name} of ${whole} is used up: ${written(spent)} are used${over}. ${renewal}`;
  }
  if (!isTooLittle) {
    return `What is left of the budget ${budget.name} of ${whole} is held by requests under way. Try again in ${BUSY_SECONDS} s.`;
  }
  const left = `${written(limit - spent)} are left of the budget ${budget.name} of ${whole}`;
  return `${left}, and this request may take ${written(estimate)}. Allow a shorter answer, with max_completion_tokens or max_output_tokens for example. ${renewal}`;
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
  const name = nameOf(state);
  const resetSeconds = Math.max(1, Math.ceil((period.endsAt - now) / 1000));
  showLimit(
    facts,
    ['"', name, '";r=', remaining, ";t=", resetSeconds],
    ['"', name, '";q=', Math.floor(limit / parts), ";w=", windowSeconds, `;qu="${word}"`],
  );
};
