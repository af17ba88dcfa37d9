// A counter in Redis or Valkey, exact across replicas. It fails while Redis is away or slower than the time budget.
import { RateLimiterRedis, type RateLimiterRes } from "rate-limiter-flexible";
import { secondsIn } from "../rates.ts";
import type { SharedRedis } from "../store/redis.node.ts";
import type { Added, Count, Counter, Entry } from "./counter.ts";

export const redisCounter = ({ client }: Pick<SharedRedis, "client">): Counter => {
  const limiterOf = ({ window, rate }: Entry): RateLimiterRedis =>
    new RateLimiterRedis({
      storeClient: client,
      useRedisPackage: true,
      rejectIfRedisNotReady: true,
      keyPrefix: `broker:${window}`,
      // Redis only counts: quotas differ between callers and change, and are compared here.
      points: Number.MAX_SAFE_INTEGER,
      duration: secondsIn(rate.per),
    });

  const add = async (entry: Entry): Promise<Added> => {
    const limiter = limiterOf(entry);
    const count = countOf(entry, await limiter.consume(entry.key));
    // If Redis is lost before this, the caller has one less until the window ends; never one more.
    return { ...count, undo: () => void limiter.reward(entry.key).catch(() => {}) };
  };
  const look = async (entry: Entry): Promise<Count> => countOf(entry, await limiterOf(entry).get(entry.key));

  return {
    add: (entries, timeBudget) => timeBudget.wait(Promise.all(entries.map(add))),
    look: (entries, timeBudget) => timeBudget.wait(Promise.all(entries.map(look))),
  };
};

/** `result` is null for a key that has no count. */
const countOf = ({ rate }: Entry, result: RateLimiterRes | null): Count => ({
  used: result?.consumedPoints ?? 0,
  quota: rate.count,
  resetMs: result?.msBeforeNext ?? secondsIn(rate.per) * 1000,
});
