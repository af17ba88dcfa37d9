// Builds the relay: what it opens, apart from what broker.yaml says.
import type { Clock } from "../clock.ts";
import type { Config } from "../config/load.ts";
import { relayEntriesOf } from "../config/relay-entries.ts";
import type { RelayServices } from "../http/operations/relay.ts";
import { createBodyMemory } from "../http/request/body-memory.ts";
import { createTimeBudget } from "../limits/time-budget.ts";
import { describeCause } from "../observe/describe-error.ts";
import type { Log } from "../observe/log.ts";
import { createBufferMemory } from "../relay/cache/buffer-memory.ts";
import { memoryResponseCache } from "../relay/cache/response-cache.memory.ts";
import { redisResponseCache } from "../relay/cache/response-cache.redis.ts";
import type { ResponseCache } from "../relay/cache/response-cache.ts";
import { createSharedRequests } from "../relay/cache/shared-requests.ts";
import { moderateWith } from "../relay/moderation/moderation.ts";
import { relayRules, ruleFor } from "../relay/policy/rules.ts";
import { checkCall, createRelay } from "../relay/relay.ts";
import type { SharedRedis } from "../store/redis.node.ts";
import type { Relays } from "../upstream/relay.ts";

interface Ports {
  upstream: Relays;
  redis: SharedRedis | undefined;
  clock: Clock;
  log: Log;
  hashIdentity(id: string): string;
}

export const relayOf = (config: Config, ports: Ports): Omit<RelayServices, "metrics"> => ({
  ...relayResources(config.settings, ports),
  ...relayPolicy(config),
  checkCall,
});

/** Outlives a reload: the response cache, requests under way, the memory of bodies and of harmless texts. */
export const relayResources = (
  settings: Config["settings"],
  { upstream, redis, clock, log, hashIdentity }: Ports,
): Pick<RelayServices, "bodyMemory" | "relay"> => ({
  relay: createRelay({
    upstream,
    sharedRequests: createSharedRequests({
      responses: responseCacheOf(settings, redis, clock),
      memory: createBufferMemory(settings.relay_cache_bytes),
      startTimer: (ms, run) => {
        const timer = setTimeout(run, ms);
        return () => clearTimeout(timer);
      },
    }),
    moderate: moderateWith({
      upstream,
      timeoutMs: settings.openai_timeout_ms,
      onUnchecked: (cause) => log.write("warn", "moderation-unavailable", { cause: describeCause(cause) }),
    }),
    hashIdentity,
    timeoutMs: settings.relay_timeout_seconds * 1000,
  }),
  bodyMemory: createBodyMemory(settings.body_memory_bytes),
});

/** What broker.yaml says: opens nothing. */
export const relayPolicy = (config: Config): Pick<RelayServices, "ruleFor"> => {
  const rules = relayRules(relayEntriesOf(config));
  return { ruleFor: (caller, method, target) => ruleFor(rules, caller, method, target) };
};

/** How long a request waits for a response that Redis may have. */
const TIME_BUDGET_MS = 50;

const responseCacheOf = (
  settings: Config["settings"],
  redis: SharedRedis | undefined,
  clock: Clock,
): ResponseCache =>
  redis && settings.relay_cache === "redis"
    ? redisResponseCache(redis, (work) => createTimeBudget(clock, TIME_BUDGET_MS).wait(work))
    : memoryResponseCache(settings.relay_cache_bytes, clock.monotonic);
