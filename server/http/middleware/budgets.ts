// Reserves what a request may spend of its caller's budgets, and settles what it has spent when it has ended.
import type { Caller } from "../../auth/caller.ts";
import type { Budget } from "../../budgets/budget.ts";
import type { Budgets, BudgetStanding, BudgetVerdict } from "../../budgets/budgets.ts";
import { estimateRelay, type EstimatePorts, type RelayEstimate, tokensIn } from "../../budgets/estimate.ts";
import { type Amounts, type Unit, writtenAmount } from "../../budgets/units.ts";
import type { Clock } from "../../clock.ts";
import { Failure } from "../../failures/failure.ts";
import type { CheckedCall } from "../../relay/relay.ts";
import type { RequestFacts } from "../facts.ts";
import { step } from "../operation.ts";
import { type LimitServices, showLimit, timeBudgetOf } from "./limits.ts";

export interface BudgetServices extends Pick<LimitServices, "newTimeBudget"> {
  /** Undefined where broker.yaml has no budgets. */
  budgets: Budgets | undefined;
  clock: Pick<Clock, "monotonic" | "now">;
}

type Called = RequestFacts & { caller: Caller };

const keyEstimate: Amounts = { requests: 1, tokens: 0, minutes: 0, cost_usd: 0 };
// A tool costs nothing at OpenAI: a conversation under way keeps its tools when the money is used up.
const toolEstimate: Amounts = { requests: 1 };

/** A key is refused to a caller whose budget is used up; what the key will use is not known here. */
export const reserveMint = step(
  ["budget-exceeded"],
  (facts: Called & { grant: { profile: string } }, services: BudgetServices) =>
    reserve(facts, services, facts.grant.profile, keyEstimate, spentBy),
);

/** A WebSocket through this service counts the minutes that it is open. */
export const reserveSocket = step(
  ["budget-exceeded"],
  (facts: Called & { grant: { profile: string } }, services: BudgetServices) =>
    reserve(facts, services, facts.grant.profile, keyEstimate, (ended, estimate) => ({
      ...spentBy(ended, estimate),
      minutes: ended.done ? services.clock.monotonic() - (ended.jobStartedAtMs ?? 0) : 0,
    })),
);

export const reserveToolCall = step(["budget-exceeded"], (facts: Called, services: BudgetServices) =>
  reserve(facts, services, undefined, toolEstimate, spentBy),
);

export interface RelayBudgetServices extends BudgetServices {
  estimates: EstimatePorts;
}

export const reserveRelay = step(
  ["budget-exceeded", "model-forbidden"],
  (facts: Called & { checked: CheckedCall }, services: RelayBudgetServices) => {
    const { budgets, estimates } = services;
    if (!budgets) return;
    const { amounts, unpricedModel } = estimateOf(facts.checked, estimates);
    const { caller } = facts;
    if (unpricedModel !== undefined) {
      const budget = budgets.refusesUnpriced({ caller, profile: undefined });
      if (budget) throw unpriced(budget, unpricedModel);
    }
    return reserve(facts, services, undefined, amounts, spentBy);
  },
);

const estimateOf = ({ call, body }: CheckedCall, estimates: EstimatePorts): RelayEstimate =>
  estimateRelay(
    {
      ...{ method: call.method, path: call.path, model: body?.model },
      jsonBytes: body?.mediaType === "application/json" && body.body.kind === "buffered" ? body.body.bytes.length : 0,
      maxOutputTokens: body?.output.maxTokens,
      choices: body?.output.choices ?? 1,
    },
    estimates,
  );

const unpriced = ({ name }: Budget, model: string): Failure =>
  new Failure(
    "model-forbidden",
    `No price is known for ${model.slice(0, 64)}, and your budget ${name} is in US dollars. Use another model, or ask the operator to add it to \`prices\` in broker.yaml.`,
  );

type SpentBy = (ended: RequestFacts, estimate: Amounts) => Amounts;

/** For one request, or one call in it. Throws `budget-exceeded`. */
export const reserve = (
  facts: Called,
  services: BudgetServices,
  profile: string | undefined,
  estimate: Amounts,
  spentOf: SpentBy,
): void | Promise<void> => {
  const { budgets } = services;
  if (!budgets) return;
  const verdict = budgets.reserve({ caller: facts.caller, profile }, estimate, timeBudgetOf(facts, services));
  if (!verdict) return;
  const obey = (given: BudgetVerdict): void => {
    if (!given.allowed) throw exceeded(facts, given.refusedBy, services.clock.now());
    facts.onEnd(() => budgets.settle(given.reservation, spentOf(facts, estimate)));
  };
  if (verdict instanceof Promise) return verdict.then(obey);
  obey(verdict);
};

export const reserveOneToolCall = (facts: Called, services: BudgetServices): void | Promise<void> =>
  reserve(facts, services, undefined, toolEstimate, spentBy);

/** What a request that has ended has spent. Where OpenAI may bill it and told nothing, that is the estimate. */
export const spentBy: SpentBy = ({ done, isAborted, jobStartedAtMs }, estimate) => {
  if (jobStartedAtMs === undefined) return {};
  if (done?.kind !== "relayed") {
    // A caller who leaves may leave OpenAI at work.
    return !done && isAborted ? estimate : { requests: 1 };
  }
  const { status, usage, spent, cache, broken } = done;
  if (cache === "hit" || cache === "joined" || status >= 400) return { requests: 1 };
  if (usage === undefined || spent === undefined) return broken || usage || hasCost(estimate) ? estimate : { requests: 1 };
  const { quantities, costNanoUsd } = spent;
  return {
    requests: 1,
    tokens: tokensIn(quantities),
    minutes: quantities.seconds * 1000,
    cost_usd: costNanoUsd ?? estimate.cost_usd ?? 0,
  };
};

const hasCost = ({ tokens = 0, cost_usd: cost = 0 }: Amounts): boolean => tokens + cost > 0;

/** What requests under way hold may be free again by then. */
const BUSY_SECONDS = 2;

const exceeded = (facts: RequestFacts, refusedBy: readonly BudgetStanding[], now: number): Failure => {
  const waits = refusedBy.map((standing) => waitSeconds(standing, now));
  for (const [index, standing] of refusedBy.entries()) showBudget(facts, standing, waits[index] ?? 0, now);
  const retryAfterSeconds = Math.max(...waits);
  const isFinal = refusedBy.some(({ isTooLittle }) => isTooLittle);
  const headers = {
    "retry-after": String(retryAfterSeconds),
    // OpenAI's packages would try again at once.
    ...(isFinal && { "x-should-retry": "false" }),
  };
  const detail = refusedBy.map((standing) => explain(standing)).join(" ");
  return new Failure("budget-exceeded", detail, { headers, violatedPolicies: refusedBy.map(nameOf) });
};

const waitSeconds = ({ charge, isTooLittle }: BudgetStanding, now: number): number =>
  isTooLittle ? Math.max(1, Math.ceil((charge.account.period.endsAt - now) / 1000)) : BUSY_SECONDS;

const nameOf = ({ charge: { account } }: BudgetStanding): string => `budget-${account.budget.name}-${account.unit}`;

const explain = ({ charge: { account, estimate }, spent, isTooLittle }: BudgetStanding): string => {
  const { budget, unit, limit, period } = account;
  const written = (amount: number): string => writtenAmount(unit, amount);
  const whole = `${written(limit)} per ${budget.per}`;
  const renewal = `It renews at ${new Date(period.endsAt).toISOString()}.`;
  if (spent >= limit) {
    const over = spent > limit ? `, ${written(spent - limit)} over` : "";
    return `The budget ${budget.name} of ${whole} is used up: ${written(spent)} are spent${over}. ${renewal}`;
  }
  if (!isTooLittle) {
    return `Requests under way hold what is left of the budget ${budget.name} of ${whole}. Try again in ${BUSY_SECONDS} s.`;
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

const showBudget = (facts: RequestFacts, standing: BudgetStanding, waitSeconds: number, now: number): void => {
  const { charge, spent } = standing;
  const { limit, period, unit } = charge.account;
  const { unit: word, parts } = shown[unit];
  const remaining = Math.max(0, Math.floor((limit - spent) / parts));
  const windowSeconds = Math.round((period.endsAt - period.startsAt) / 1000);
  const name = nameOf(standing);
  const resetSeconds = Math.max(waitSeconds, Math.ceil((period.endsAt - now) / 1000));
  showLimit(
    facts,
    ['"', name, '";r=', remaining, ";t=", resetSeconds],
    ['"', name, '";q=', Math.floor(limit / parts), ";w=", windowSeconds, `;qu="${word}"`],
  );
};
