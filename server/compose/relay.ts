// Builds the relay: what it opens, apart from what broker.yaml says.
import type { Clock, Timers } from "../clock.ts";
import type { Config } from "../config/load.ts";
import { relayEntriesOf } from "../config/relay-entries.ts";
import type { Settings } from "../config/settings.ts";
import { type BodyMemory, createBodyMemory } from "../http/request/body-memory.ts";
import { sqlBackgroundResponses } from "../ledger/background-responses.sql.ts";
import type { BackgroundResponses } from "../ledger/background-responses.ts";
import type { TimeBudget } from "../limits/time-budget.ts";
import { describeCause } from "../observe/describe-error.ts";
import type { Log } from "../observe/log.ts";
import { createBufferMemory } from "../relay/cache/buffer-memory.ts";
import { memoryResponseCache } from "../relay/cache/response-cache.memory.ts";
import { redisResponseCache } from "../relay/cache/response-cache.redis.ts";
import type { ResponseCache } from "../relay/cache/response-cache.ts";
import { createSharedRequests } from "../relay/cache/shared-requests.ts";
import { moderateWith } from "../relay/moderation/moderation.ts";
import { type FindTarget, findTargetIn, relayRules } from "../relay/policy/rules.ts";
import { createRelay, type Relay } from "../relay/relay.ts";
import type { Database } from "../store/database.ts";
import type { SharedRedis } from "../store/redis.node.ts";
import type { Upstream } from "../upstream/upstream.ts";

interface Ports {
  database: Database;
  upstream: Pick<Upstream, "moderate" | "relay">;
  redis: SharedRedis | undefined;
  clock: Clock;
  timers: Timers;
  /** For what a request waits for a response that Redis may have. */
  newTimeBudget(): TimeBudget;
  log: Log;
  hashIdentity(id: string): string;
}

/** The response cache, requests under way, the memory of bodies and of harmless texts. */
export interface RelayResources {
  relay: Relay;
  bodyMemory: BodyMemory;
  backgroundResponses: BackgroundResponses;
}

export const relayResources = (settings: () => Settings, ports: Ports): RelayResources => {
  const { upstream, timers, log, hashIdentity } = ports;
  const { relay_cache_bytes: cacheBytes, body_memory_bytes: bodyBytes } = settings();
  return {
    relay: createRelay({
      timers,
      upstream,
      sharedRequests: createSharedRequests({
        responses: responseCacheOf(settings(), ports),
        memory: createBufferMemory(cacheBytes),
        startTimer: timers.after,
      }),
      moderate: moderateWith({
        upstream,
        timeoutMs: () => settings().openai_timeout_ms,
        onUnchecked: (cause) => log.write("warn", "moderation-unavailable", { cause: describeCause(cause) }),
      }),
      hashIdentity,
      timeoutMs: () => settings().relay_timeout_seconds * 1000,
    }),
    backgroundResponses: sqlBackgroundResponses(ports.database, ports.clock),
    bodyMemory: createBodyMemory(bodyBytes, timers.nextTurn),
  };
};

/** What broker.yaml says; opens nothing. */
export const relayPolicy = (config: Config): { findTarget: FindTarget } => ({
  findTarget: findTargetIn(relayRules(relayEntriesOf(config))),
});

const responseCacheOf = (settings: Settings, { redis, clock, newTimeBudget }: Ports): ResponseCache =>
  redis && settings.relay_cache === "redis"
    ? redisResponseCache(redis, (work) => newTimeBudget().wait(work))
    : memoryResponseCache(settings.relay_cache_bytes, clock.monotonic);
