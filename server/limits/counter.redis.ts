// Counts in Redis or Valkey, exact across replicas. While it is away or too slow, each replica counts a share by itself.
import { RateLimiterRedis, RateLimiterRes } from "rate-limiter-flexible";
import { secondsIn } from "../rates.ts";
import type { SharedRedis } from "../store/redis.node.ts";
import type { Added, Count, Counter, Entry } from "./counter.ts";
import type { TimeBudget } from "./time-budget.ts";

export interface RedisCounterPorts {
  redis: SharedRedis;
  /** Counts while Redis does not: stricter, never open. */
  insurance: Counter;
  /** Told who counted; `late` where Redis is there but did not answer this time. */
  onCounted(by: "redis" | "insurance", late?: Error): void;
}

/** So many answers in a row that did not come in time, and Redis is left alone until it answers a ping. */
const GIVE_UP_AFTER = 20;

export const redisCounter = ({ redis, insurance, onCounted }: RedisCounterPorts): Counter => {
  const limiters = new Map<string, RateLimiterRedis>();
  const hope = createHope(redis);

  const limiterOf = ({ window, rate }: Entry): RateLimiterRedis => {
    const id = `${window} ${rate.count}`;
    const known = limiters.get(id);
    if (known) return known;
    const limiter = new RateLimiterRedis({
      storeClient: redis.client,
      useRedisPackage: true,
      rejectIfRedisNotReady: true,
      keyPrefix: `broker:${window}`,
      points: rate.count,
      duration: secondsIn(rate.per),
    });
    limiters.set(id, limiter);
    return limiter;
  };

  const insured = async <T>(
    timeBudget: TimeBudget,
    ask: () => Promise<T>[],
    otherwise: () => Promise<T[]>,
  ) => {
    if (!hope.alive()) {
      onCounted("insurance");
      return otherwise();
    }
    try {
      const tallies = await timeBudget.wait(Promise.all(ask()));
      hope.answered();
      onCounted("redis");
      return tallies;
    } catch (error) {
      hope.failed();
      onCounted("insurance", error instanceof Error ? error : undefined);
      return otherwise();
    }
  };

  return {
    add: (entries, timeBudget) =>
      insured(
        timeBudget,
        () => entries.map((entry) => add(limiterOf(entry), entry.key)),
        () => insurance.add(entries, timeBudget),
      ),
    look: (entries, timeBudget) =>
      insured(
        timeBudget,
        () => entries.map((entry) => look(limiterOf(entry), entry.key)),
        () => insurance.look(entries, timeBudget),
      ),
  };
};

const look = async (limiter: RateLimiterRedis, key: string): Promise<Count> =>
  tallyOf(limiter, await limiter.get(key));

const add = async (limiter: RateLimiterRedis, key: string): Promise<Added> => {
  const count = tallyOf(limiter, await consume(limiter, key));
  // A Redis that is lost before the count is taken back costs the caller one, and never opens.
  return { ...count, undo: () => void limiter.reward(key).catch(() => {}) };
};

const consume = async (limiter: RateLimiterRedis, key: string): Promise<RateLimiterRes> => {
  try {
    return await limiter.consume(key);
  } catch (error) {
    // So it says that the quota is used up.
    if (error instanceof RateLimiterRes) return error;
    throw error;
  }
};

// Of a key that nothing was counted for it says nothing.
const tallyOf = ({ points, msDuration }: RateLimiterRedis, state: RateLimiterRes | null): Count => ({
  used: state?.consumedPoints ?? 0,
  quota: points,
  resetMs: state?.msBeforeNext ?? msDuration,
});

/** Whether it is worth asking: not while it is disconnected, nor after many late answers until a ping comes back. */
const createHope = (redis: SharedRedis) => {
  let lateInARow = 0;
  let pinging = false;
  const ping = () => {
    if (pinging || !redis.ready) return;
    pinging = true;
    const answered = () => {
      lateInARow = 0;
      pinging = false;
    };
    redis.client.ping().then(answered, () => {
      pinging = false;
    });
  };
  return {
    alive: (): boolean => {
      if (lateInARow < GIVE_UP_AFTER) return redis.ready;
      ping();
      return false;
    },
    answered: () => {
      lateInARow = 0;
    },
    failed: () => {
      lateInARow += 1;
    },
  };
};
