// One replica's amounts over a real Redis and a database, as the service composes them.
import { randomUUID } from "node:crypto";
import type { Charge } from "../../server/budgets/charges.ts";
import { amountKeeper } from "../../server/budgets/keep-amounts.ts";
import { LocalAmounts } from "../../server/budgets/local-amounts.ts";
import { createReserving, type Reservation } from "../../server/budgets/reserve.ts";
import type { SavedAmounts } from "../../server/budgets/saved-amounts.ts";
import { redisAmounts } from "../../server/budgets/shared-amounts.redis.ts";
import { systemClock, systemTimers } from "../../server/clock.ts";
import { createSharedHealth } from "../../server/limits/shared-health.ts";
import { createTimeBudget } from "../../server/limits/time-budget.ts";
import { Secret } from "../../server/secret.ts";
import { connectRedis, type SharedRedis } from "../../server/store/redis.node.ts";
import { connectRedisCluster } from "../../server/store/redis-cluster.node.ts";
import { createTestTime, type TestTime } from "./time.ts";
import { until } from "./wait.ts";

const silent = { write: () => {} };

export interface Replica {
  local: LocalAmounts;
  /** When it saves and says that it lives. */
  time: TestTime;
  redis: SharedRedis;
  reserve(...charges: Charge[]): Promise<Reservation>;
  settle(reservation: Reservation, spent: number): void;
  /** Resolves when all that was settled has been answered for. */
  settled(): Promise<void>;
  /** How often it decided alone. */
  fallbacks(): number;
  stop(): Promise<void>;
}

/** `url` names one server, or those of a cluster; `share` is what it gives out of what is left while Redis does not answer. */
export const startReplica = async (url: string, saved: SavedAmounts, share = 0.25): Promise<Replica> => {
  const connect = url.includes(",") ? connectRedisCluster : connectRedis;
  const redis = await connect(new Secret(url), silent);
  const name = randomUUID();
  const local = new LocalAmounts();
  const time = createTestTime(systemClock.now());
  let [alone, open] = [0, 0];
  const health = createSharedHealth({
    get ready() {
      return redis.ready;
    },
    ping: () => redis.ping(),
  });
  const amounts = redisAmounts({ redis, replica: name, now: systemClock.now });
  const onCounted = (by: "redis" | "fallback"): void => {
    if (by === "fallback") alone += 1;
  };
  const onSettled = (): void => {
    open -= 1;
  };
  const shared = { amounts, health, onCounted };
  const reserving = createReserving({ local, shared, share, onSettled });
  const keeper = amountKeeper({ local, saved, shared: amounts, replica: name, ...time, log: silent });
  await keeper.start();
  return {
    ...{ local, time, redis },
    reserve: async (...charges) =>
      reserving.reserve(charges, createTimeBudget({ clock: systemClock, timers: systemTimers }, 1000)),
    settle: (reservation, spent) => {
      open += reservation.charges.length;
      const each = reservation.charges.map(() => spent);
      reserving.settle(reservation, each);
    },
    settled: () => until("all is settled", () => open === 0),
    fallbacks: () => alone,
    stop: keeper.stop,
  };
};
