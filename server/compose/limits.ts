// Composes limits: the counts, which outlive a change of broker.yaml, and the limits that are applied to them.
import type { Clock, Timers } from "../clock.ts";
import type { Config } from "../config/load.ts";
import { relayEntriesOf } from "../config/relay-entries.ts";
import { type Attempts, type AttemptsUnderWay, createAttempts } from "../limits/attempts.ts";
import { type Concurrency, createConcurrency, type OpenCounts } from "../limits/concurrency.ts";
import { type MemoryCounts, memoryCounter } from "../limits/counter.memory.ts";
import type { Counter } from "../limits/counter.ts";
import { counterWithFallback, type FallbackPorts } from "../limits/counter-with-fallback.ts";
import { fallbackReport } from "../limits/fallback-report.ts";
import { createLimiter, type Limiter } from "../limits/limiter.ts";
import { type LimitChecks, limitChecksOf } from "../limits/limits.ts";
import { createSharedHealth } from "../limits/shared-health.ts";
import { createTimeBudget, type TimeBudget } from "../limits/time-budget.ts";
import type { Log } from "../observe/log.ts";
import type { Metrics } from "../observe/metrics.ts";
import type { Rate } from "../rates.ts";
import type { SharedRedis } from "../store/redis.node.ts";

/** How long one request waits for Redis, in all. */
const TIME_BUDGET_MS = 50;

/** Reports that one caller may have read at the same time: all callers' take turns. */
const REPORTS = 4;

interface LimitPorts {
  clock: Clock;
  timers: Timers;
  log: Log;
  metrics: Metrics;
}

/** What is counted. */
export interface LimitResources extends Pick<LimitPorts, "clock" | "timers"> {
  /** Undefined without Redis. */
  shared: Omit<FallbackPorts, "fallback"> | undefined;
  counts: MemoryCounts;
  attempts: AttemptsUnderWay;
  inFlight: OpenCounts;
  sockets: OpenCounts;
  reports: OpenCounts;
  newTimeBudget(): TimeBudget;
}

/** `redis` with the counter in it; undefined without Redis. */
export const limitResources = (
  redis: { connection: SharedRedis; counter: Counter } | undefined,
  ports: LimitPorts,
): LimitResources => {
  const { clock, timers, log, metrics } = ports;
  return {
    ...{ clock, timers },
    shared: redis && {
      shared: redis.counter,
      health: createSharedHealth({
        get ready() {
          return redis.connection.ready;
        },
        ping: () => redis.connection.ping(),
      }),
      onCounted: fallbackReport(log, metrics),
    },
    counts: new Map(),
    attempts: new Map(),
    inFlight: new Map(),
    sockets: new Map(),
    reports: new Map(),
    newTimeBudget: () => createTimeBudget({ clock, timers }, TIME_BUDGET_MS),
  };
};

/** The limits of one configuration. */
export interface LimitPolicy {
  limiter: Limiter;
  attempts: Attempts;
  limitChecks: LimitChecks;
  inFlight: Concurrency;
  sockets: Concurrency;
  reports: Concurrency;
  newTimeBudget(): TimeBudget;
}

/** Opens nothing and counts nothing: what was counted under the last policy is counted in this one. */
export const limitPolicy = (config: Config, resources: LimitResources): LimitPolicy => {
  const { limits, roles, callers, profiles, tool_rules: toolRules } = config;
  const { timers, attempts: underWay, inFlight, sockets, reports, newTimeBudget } = resources;
  const guestsAreStrangers = callers.guests === "anyone";
  const limiter = createLimiter(counterOf(resources, limits.share_without_redis));
  return {
    limiter,
    attempts: createAttempts({ limiter, timers, underWay }),
    inFlight: createConcurrency(
      { limit: "in-flight-caller", ...limits.in_flight, guestsAreStrangers },
      inFlight,
    ),
    sockets: createConcurrency({ limit: "sockets-caller", ...limits.sockets, guestsAreStrangers }, sockets),
    reports: createConcurrency(
      { limit: "reports-caller", caller: REPORTS, guest: REPORTS, guestsAreStrangers },
      reports,
    ),
    newTimeBudget,
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

const counterOf = ({ clock, counts, shared }: LimitResources, shareWithoutRedis: number): Counter =>
  shared
    ? counterWithFallback({ ...shared, fallback: memoryCounter(clock, counts, shareWithoutRedis) })
    : memoryCounter(clock, counts);

const ratesOf = (entries: Record<string, { limit: readonly Rate[] }>): Record<string, readonly Rate[]> =>
  Object.fromEntries(Object.entries(entries).map(([name, { limit }]) => [name, limit]));
