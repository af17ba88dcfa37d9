// Composes what is relayed: the operator's entries, the memory of answers, the check of what is sent.

import { admits } from "../auth/allow.ts";
import type { Caller } from "../auth/caller.ts";
import type { Clock, Timers } from "../clock.ts";
import type { Config } from "../config/load.ts";
import { relayEntriesOf } from "../config/relay-entries.ts";
import { type BodyMemory, createBodyMemory } from "../http/request/body-memory.ts";
import type { TimeBudget } from "../limits/time-budget.ts";
import { describeCause } from "../observe/describe-error.ts";
import type { Log } from "../observe/log.ts";
import { createBufferMemory } from "../relay/cache/buffer-memory.ts";
import { createCache } from "../relay/cache/cache.ts";
import { memoryAnswers } from "../relay/cache/response-cache.memory.ts";
import { redisAnswers } from "../relay/cache/response-cache.redis.ts";
import type { Answers } from "../relay/cache/response-cache.ts";
import { moderateWith } from "../relay/moderation/moderation.ts";
import { type RelayRule, relayRules, ruleFor } from "../relay/policy/rules.ts";
import { checkCall, type Relay, relayWith } from "../relay/relay.ts";
import type { SharedRedis } from "../store/redis.node.ts";
import type { Upstream } from "../upstream/upstream.ts";

export interface RelayParts {
  ruleFor(caller: Caller, method: string, target: string): { rule: RelayRule; path: string };
  checkCall: typeof checkCall;
  relay: Relay;
  bodyMemory: BodyMemory;
}

interface Ports {
  upstream: Pick<Upstream, "moderate" | "relay">;
  redis: SharedRedis | undefined;
  clock: Clock;
  timers: Timers;
  /** For what a request waits for an answer that Redis may have. */
  newTimeBudget(): TimeBudget;
  log: Log;
  hashIdentity(id: string): string;
}

export const relayOf = (config: Config, ports: Ports): RelayParts => {
  const { upstream, timers, log, hashIdentity } = ports;
  const { settings } = config;
  const rules = relayRules(relayEntriesOf(config), admits);
  const relay = relayWith({
    upstream,
    cache: createCache({
      answers: answersOf(config, ports),
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
  });
  return {
    ruleFor: (caller, method, target) => ruleFor(rules, caller, method, target),
    checkCall,
    relay,
    bodyMemory: createBodyMemory(settings.body_memory_bytes, timers.nextTurn),
  };
};

const answersOf = ({ settings }: Config, { redis, clock, newTimeBudget }: Ports): Answers =>
  redis && settings.relay_cache === "redis"
    ? redisAnswers(redis, (work) => newTimeBudget().wait(work))
    : memoryAnswers(settings.relay_cache_bytes, clock.monotonic);
