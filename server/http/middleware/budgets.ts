// Reserves what a request may spend of its caller's budgets, and settles what it has spent when it has ended.
import type { Caller } from "../../auth/caller.ts";
import type { Budget } from "../../budgets/budget.ts";
import type { Budgets, BudgetVerdict } from "../../budgets/budgets.ts";
import { type EstimatePorts, estimateRelay, type RelayEstimate, tokensIn } from "../../budgets/estimate.ts";
import type { Amounts } from "../../budgets/units.ts";
import type { Clock } from "../../clock.ts";
import { Failure } from "../../failures/failure.ts";
import type { CheckedCall } from "../../relay/relay.ts";
import type { RequestFacts } from "../facts.ts";
import { step } from "../operation.ts";
import { exceeded, showOwn } from "./budget-refusal.ts";
import { type LimitServices, timeBudgetOf } from "./limits.ts";

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
      // A supervised session counts its own.
      minutes: ended.done?.kind === "minted" ? services.clock.monotonic() - (ended.jobStartedAtMs ?? 0) : 0,
    })),
);

/** For one tool call, of which an MCP client's request has one at most. Throws `budget-exceeded`. */
export const countToolCall = (facts: Called, services: BudgetServices): void | Promise<void> =>
  reserve(facts, services, undefined, toolEstimate, spentBy);

export const reserveToolCall = step(["budget-exceeded"], countToolCall);

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
      jsonBytes:
        body?.mediaType === "application/json" && body.body.kind === "buffered" ? body.body.bytes.length : 0,
      maxOutputTokens: body?.output.maxTokens,
      choices: body?.output.choices ?? 1,
      prompts: body?.output.prompts ?? 1,
    },
    estimates,
  );

const unpriced = ({ name }: Budget, model: string): Failure =>
  new Failure(
    "model-forbidden",
    `No price is known for ${model.slice(0, 64)}, and your budget ${name} is in US dollars. Use another model, or ask the operator to add it to \`prices\` in broker.yaml.`,
  );

type SpentBy = (ended: RequestFacts, estimate: Amounts) => Amounts;

const reserve = (
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
    facts.reserved = estimate;
    facts.onEnd(() => budgets.settle(given.reservation, spentOf(facts, estimate)));
    showOwn(facts, budgets.states(given.reservation), services.clock.now());
  };
  if (verdict instanceof Promise) return verdict.then(obey);
  obey(verdict);
};

/** What a request that has ended has spent. Where OpenAI bills and has told nothing, that is the estimate. */
export const spentBy: SpentBy = ({ done, isAborted, jobStartedAtMs, refusal, heldBefore }, estimate) => {
  if (jobStartedAtMs === undefined) return {};
  // A caller who leaves may leave OpenAI at work, and so may one who gives it little time.
  if (!done && (isAborted || refusal?.code === "upstream-timeout")) return estimate;
  if (done?.kind !== "relayed") return { requests: 1 };
  if (!done.spent) return estimate;
  const { quantities, costNanoUsd } = done.spent;
  return {
    requests: 1,
    tokens: Math.max(0, tokensIn(quantities) - (heldBefore?.tokens ?? 0)),
    minutes: quantities.seconds * 1000,
    cost_usd: Math.max(0, (costNanoUsd ?? estimate.cost_usd ?? 0) - (heldBefore?.costNanoUsd ?? 0)),
  };
};
