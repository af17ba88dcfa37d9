// The refusal of what a budget has no room for: which one, how far over, and when it renews. Pure.
import { Failure } from "../failures/failure.ts";
import type { AccountState } from "./budgets.ts";
import { writtenAmount } from "./units.ts";

/** What requests under way hold may be free again by then. */
const BUSY_SECONDS = 2;

const SHORTER = "Allow a shorter answer, with max_completion_tokens or max_output_tokens for example.";

/** `now` is in milliseconds since 1970. `advice`: how to need less. */
export const budgetExceeded = (
  refusedBy: readonly AccountState[],
  now: number,
  advice: string = SHORTER,
): Failure => {
  const retryAfterSeconds = Math.max(...refusedBy.map((state) => waitSeconds(state, now)));
  const isFinal = refusedBy.some(({ isTooLittle }) => isTooLittle);
  const headers = {
    "retry-after": String(retryAfterSeconds),
    // OpenAI's packages would try again at once.
    ...(isFinal && { "x-should-retry": "false" }),
  };
  const detail = refusedBy.map((state) => explain(state, advice)).join(" ");
  return new Failure("budget-exceeded", detail, {
    headers,
    violatedPolicies: refusedBy.map(budgetPolicyName),
  });
};

/** As the `RateLimit-Policy` field names it. */
export const budgetPolicyName = ({ charge: { account } }: AccountState): string =>
  `budget-${account.budget.name}-${account.unit}`;

const waitSeconds = ({ charge, isTooLittle }: AccountState, now: number): number =>
  isTooLittle ? Math.max(1, Math.ceil((charge.account.period.endsAt - now) / 1000)) : BUSY_SECONDS;

const explain = (
  { charge: { account, estimate }, spent, isTooLittle }: AccountState,
  advice: string,
): string => {
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
  return `${left}, and this request may take ${written(estimate)}. ${advice} ${renewal}`;
};
