// Composes what counts and limits: in memory, or in Redis where several replicas count together.
import type { Clock } from "../clock.ts";
import type { Config } from "../config/load.ts";
import { relayEntriesOf } from "../config/relay-entries.ts";
import { type Attempts, createAttempts } from "../limits/attempts.ts";
import { type Concurrency, createConcurrency } from "../limits/concurrency.ts";
import { memoryCounter } from "../limits/counter.memory.ts";
import { redisCounter } from "../limits/counter.redis.ts";
import { insuranceReport } from "../limits/fallback-report.ts";
import { type LimitChecks, limitChecksOf } from "../limits/limit-checks.ts";
import { createLimiter, type Limiter } from "../limits/limiter.ts";
import { createTimeBudget, type TimeBudget } from "../limits/time-budget.ts";
import type { Log } from "../observe/log.ts";
import type { Metrics } from "../observe/metrics.ts";
import type { Rate } from "../rates.ts";
import type { SharedRedis } from "../store/redis.node.ts";

/** How long one request waits for Redis, in all. */
const TIME_BUDGET_MS = 50;

export interface LimitParts {
  limiter: Limiter;
  attempts: Attempts;
  limitChecks: LimitChecks;
  newTimeBudget(): TimeBudget;
  inFlight: Concurrency;
  sockets: Concurrency;
}

export const limitsOf = (
  config: Config,
  redis: SharedRedis | undefined,
  { clock, log, metrics }: { clock: Clock; log: Log; metrics: Metrics },
): LimitParts => {
  const { limits, roles, callers, profiles, tool_rules: toolRules } = config;
  const counter = redis
    ? redisCounter({
        redis,
        insurance: memoryCounter(clock, limits.share_without_redis),
        onCounted: insuranceReport(log, metrics),
      })
    : memoryCounter(clock);
  const guestsAreStrangers = callers.guests === "anyone";
  const limiter = createLimiter(counter);
  return {
    limiter,
    attempts: createAttempts(limiter),
    inFlight: createConcurrency({ limit: "in-flight-caller", ...limits.in_flight, guestsAreStrangers }),
    sockets: createConcurrency({ limit: "sockets-caller", ...limits.sockets, guestsAreStrangers }),
    newTimeBudget: () => createTimeBudget(clock, TIME_BUDGET_MS),
    limitChecks: limitChecksOf({
      limits,
      roles,
      guestsAreStrangers,
      profiles: ratesOf(profiles),
      tools: ratesOf(toolRules),
      relays: ratesOf(relayEntriesOf(config)),
    }),
  };
};

const ratesOf = (things: Record<string, { limit: readonly Rate[] }>): Record<string, readonly Rate[]> =>
  Object.fromEntries(Object.entries(things).map(([name, { limit }]) => [name, limit]));
