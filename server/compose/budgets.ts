// Composes budgets: the amounts, which outlive a change of broker.yaml, and the budgets that they are held against.
import { sqlAlertLog } from "../budgets/alert-log.sql.ts";
import type { AlertLog, RaisedAlert } from "../budgets/alert-log.ts";
import { createAlerts } from "../budgets/alerts.ts";
import { budgetOf } from "../budgets/budget.ts";
import { type Budgets, createBudgets } from "../budgets/budgets.ts";
import { runningBudgets } from "../budgets/charges.ts";
import type { EstimatePorts } from "../budgets/estimate.ts";
import { type AmountKeeper, amountKeeper } from "../budgets/keep-amounts.ts";
import { LocalAmounts } from "../budgets/local-amounts.ts";
import { createReserving, type SharedPorts } from "../budgets/reserve.ts";
import { sqlAmounts } from "../budgets/saved-amounts.sql.ts";
import type { SavedAmounts } from "../budgets/saved-amounts.ts";
import { type BudgetState, fullestOf, runningAccounts, spentByAccount, stateOf } from "../budgets/states.ts";
import { webhookDelivery } from "../budgets/webhook.ts";
import type { Clock, Timers } from "../clock.ts";
import type { Config } from "../config/load.ts";
import type { Subscriber } from "../observe/event.ts";
import type { Log } from "../observe/log.ts";
import type { Metrics } from "../observe/metrics.ts";
import type { Random } from "../random.ts";
import type { Database } from "../store/database.ts";
import type { SharedRedis } from "../store/redis.node.ts";
import { costOf } from "../usage/prices/cost.ts";
import type { Prices } from "../usage/prices/price-list.ts";
import type { LimitResources } from "./limits.ts";

interface BudgetPorts {
  database: Database;
  redis: SharedRedis | undefined;
  limits: Pick<LimitResources, "shared">;
  clock: Clock;
  timers: Timers;
  random: Random;
  fetch: typeof globalThis.fetch;
  emit: Subscriber;
  log: Log;
  metrics: Metrics;
}

/** What is spent and held. Nothing is read, written or timed until there is a budget. */
export interface BudgetResources extends AsyncDisposable {
  local: LocalAmounts;
  shared: SharedPorts | undefined;
  saved: SavedAmounts;
  alertLog: AlertLog;
  ports: BudgetPorts;
  /** Begins to keep amounts, with the first budget that there is. */
  keep(): Promise<void>;
  /** What ends with the policy that it belongs to. */
  alerting: { stop(): void };
}

export const budgetResources = async (ports: BudgetPorts): Promise<BudgetResources> => {
  const { database, redis, limits, clock, timers, random, log } = ports;
  const replica = random.uuid();
  const local = new LocalAmounts();
  const saved = sqlAmounts(database);
  const shared = redis &&
    limits.shared && {
      ...{ health: limits.shared.health, onCounted: limits.shared.onCounted },
      // What talks to Redis is loaded only where it is needed.
      amounts: (await import("../budgets/shared-amounts.redis.ts")).redisAmounts({
        redis,
        replica,
        now: clock.now,
      }),
    };
  const keepPorts = { local, saved, shared: shared?.amounts, replica, clock, timers, log };
  let keeper: Promise<AmountKeeper> | undefined;
  const alerting = { stop: (): void => {} };
  const alertLog = sqlAlertLog(database);
  const startKeeping = async (): Promise<AmountKeeper> => {
    try {
      const started = amountKeeper(keepPorts);
      await started.start();
      local.noteRaised(await alertLog.raised(clock.now()));
      return started;
    } catch (error) {
      // The next configuration tries again.
      keeper = undefined;
      throw error;
    }
  };
  return {
    ...{ local, saved, shared, alertLog, ports, alerting },
    keep: async () => {
      keeper ??= startKeeping();
      await keeper;
    },
    [Symbol.asyncDispose]: async () => {
      alerting.stop();
      await (await keeper?.catch(() => undefined))?.stop();
    },
  };
};

const MOST_STATES = 100;

export interface BudgetPolicy {
  /** Undefined where there are no budgets. */
  budgets: Budgets | undefined;
  estimates: EstimatePorts;
  /** How far each budget is used; of callers, teams or profiles with one each, the fullest hundred. Rejects when the database does not answer. */
  budgetStates(): Promise<BudgetState[]>;
  /** To be called when it takes the place of the last one: alerts and metrics are its own from then on. */
  begin(): void;
}

/** What was spent under the last policy counts in this one. */
export const budgetPolicy = async (
  config: Config,
  resources: BudgetResources,
  prices: Prices,
): Promise<BudgetPolicy> => {
  const { local, saved, shared, ports } = resources;
  const { clock, metrics } = ports;
  const estimates: EstimatePorts = {
    costOf: (model, quantities) =>
      costOf(quantities, { model, tier: undefined, region: undefined, at: clock.now() }, prices),
    outputTokens: config.settings.budget_output_tokens,
  };
  if (config.budgets.length === 0) {
    const begin = (): void => {
      resources.alerting.stop();
      metrics.watchBudgets(() => []);
    };
    return { budgets: undefined, estimates, budgetStates: async () => [], begin };
  }
  await resources.keep();
  const budgets = runningBudgets(config.budgets.map(budgetOf));
  const accountsNow = (now: number) => runningAccounts(budgets, spentByAccount(local, []), now);
  const alerts = alertsOf(resources, await deliveryOf(config, resources));
  const begin = (): void => {
    resources.alerting.stop();
    resources.alerting.stop = alerts.takeOver();
    // Of what was reached while this process was down, or by a limit that is lower now.
    for (const { account } of accountsNow(clock.now())) alerts.check(account);
    metrics.watchBudgets(() =>
      accountsNow(clock.now()).map(({ account, spent }) => ({
        ...{ budget: account.budget.name, unit: account.unit, ratio: spent / account.limit },
      })),
    );
  };
  const reserving = createReserving({
    ...{ local, shared, share: config.limits.share_without_redis },
    onSettled: ({ account }) => alerts.check(account),
  });
  return {
    budgets: createBudgets({ budgets, local, reserving, alerts, clock }),
    estimates,
    begin,
    budgetStates: async () => {
      const now = clock.now();
      const spentNow = spentByAccount(local, await saved.load(now));
      const accounts = fullestOf(runningAccounts(budgets, spentNow, now), MOST_STATES);
      return accounts.map(({ account, spent }) => stateOf(account, spent, now));
    },
  };
};

type Deliver = (alert: RaisedAlert) => Promise<void>;

// What signs is loaded only where there is a webhook: it takes memory, and time to start.
const deliveryOf = async ({ alerts: { webhook } }: Config, { ports }: BudgetResources): Promise<Deliver> => {
  if (!webhook) return async () => {};
  const { clock, timers, fetch, log } = ports;
  const { sendOver } = await import("../budgets/webhook.fetch.ts");
  return webhookDelivery({ send: sendOver(webhook, { fetch, now: clock.now }), timers, log });
};

const alertsOf = ({ local, alertLog, ports }: BudgetResources, deliver: Deliver) => {
  const { clock, timers, emit, log } = ports;
  return createAlerts({ local, alertLog, emit, log, clock, timers, deliver });
};
