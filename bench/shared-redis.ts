// What the shared Redis does for requests, at rising rates, over the connections of several replicas.
import { randomUUID } from "node:crypto";
import { setTimeout as sleep } from "node:timers/promises";
import { redisNonces } from "../server/auth/signatures/nonces.redis.ts";
import { redisAmounts } from "../server/budgets/shared-amounts.redis.ts";
import { systemClock, systemTimers } from "../server/clock.ts";
import { redisCounter } from "../server/limits/counter.redis.ts";
import { createLimiter } from "../server/limits/limiter.ts";
import { createTimeBudget } from "../server/limits/time-budget.ts";
import { ratesSchema } from "../server/rates.ts";
import { redisResponseCache } from "../server/relay/cache/response-cache.redis.ts";
import { Secret } from "../server/secret.ts";
import { connectRedis, type SharedRedis } from "../server/store/redis.node.ts";
import type { Lengths } from "./lengths.ts";
import { print, printRow } from "./print.ts";
import { cpuSecondsOf } from "./program.ts";
import type { Redis } from "./redis.ts";

const REPLICAS = 8;
const CALLERS = 10_000;
const RATES = [1000, 2000, 4000, 8000, 16_000, 32_000];
const QUICK_RATES = RATES.slice(0, 2);
/** A request of the service waits no longer for Redis. */
const TOO_LATE_MS = 50;
/** With so many under way it is clear that Redis, or this process, cannot go on. */
const MAX_UNDER_WAY = 10_000;
const TICK_MS = 2;
const SETTLE_MS = 2000;

type Operation = (index: number) => Promise<unknown>;

/** Measures and prints. */
export const measureSharedRedis = async ({ url, pid }: Redis, lengths: Lengths): Promise<void> => {
  const silent = { write: () => {} };
  const connect = () => connectRedis(new Secret(url), silent);
  const connections = await Promise.all(Array.from({ length: REPLICAS }, connect));
  const rates = lengths.rounds === 1 ? QUICK_RATES : RATES;
  print(
    `\nRedis: ${REPLICAS} replicas, ${CALLERS.toLocaleString("en")} callers. A core is 100 %; this process makes the load.`,
  );
  for (const [name, create] of Object.entries(operations)) {
    const perReplica = connections.map(create);
    const run: Operation = async (index) => perReplica[index % REPLICAS]?.(index);
    print();
    printRow(name, "done/s", "p50 ms", "p99 ms", "failed", "Redis %", "us each", "load %");
    for (const rate of rates) {
      const { done, failed, p50, p99, seconds, redisSeconds, ownSeconds } = await atRate(
        run,
        rate,
        pid,
        lengths,
      );
      const percent = (cpu: number) => ((100 * cpu) / seconds).toFixed(0);
      printRow(
        `  ${rate.toLocaleString("en")} a second`,
        ...[(done / seconds).toFixed(0), p50.toFixed(2), p99.toFixed(2), String(failed)],
        ...[percent(redisSeconds), ((1e6 * redisSeconds) / done).toFixed(1), percent(ownSeconds)],
      );
      if (p99 > TOO_LATE_MS || done < 0.9 * rate * seconds) break;
    }
  }
  for (const connection of connections) connection.close();
};

const wait = <T>(work: Promise<T>): Promise<T> =>
  createTimeBudget({ clock: systemClock, timers: systemTimers }, 5000).wait(work);

const answer = {
  status: 200,
  headers: { "content-type": "application/json" },
  body: Buffer.alloc(2000, "x"),
};

/** Each for one replica. What a request does is in docs/scaling.md. */
const operations: Record<string, (redis: SharedRedis) => Operation> = {
  "Limits: 5 windows counted": (redis) => {
    const limiter = createLimiter(redisCounter(redis));
    const [address, own, shared] = [
      ratesSchema.parse("100000 per second, 1000000 per minute"),
      ratesSchema.parse("1000000 per minute"),
      ratesSchema.parse("1000000 per second, 9000000 per minute"),
    ];
    return async (index) => {
      const key = `caller ${index % CALLERS}`;
      const checks = [
        { limit: "address", rates: address, key, exposed: true },
        { limit: "relays-caller", rates: own, key, exposed: true },
        { limit: "relays-rule", rates: shared, key: "all", exposed: false },
      ];
      const budget = createTimeBudget({ clock: systemClock, timers: systemTimers }, 5000);
      await limiter.take(checks, budget);
    };
  },
  "Budgets: 3 held, then settled": (redis) => {
    const amounts = redisAmounts({ redis, replica: randomUUID(), now: systemClock.now });
    const spent = new Map<string, number>();
    return async (index) => {
      const endsAt = systemClock.now() + 86_400_000;
      const charges = [`caller-${index % CALLERS}`, `team-${index % 50}`, "all"].map((id) => {
        const sum = (spent.get(id) ?? 0) + 1;
        spent.set(id, sum);
        return { id, endsAt, limit: 1e12, estimate: 100, spent: sum };
      });
      await amounts.reserve(charges);
      await amounts.settle(charges);
    };
  },
  "Nonce of a signed request": (redis) => {
    const nonces = redisNonces(redis, wait);
    return () => nonces.once("shop", randomUUID(), 300);
  },
  "Response cache, 2 kB: found": (redis) => {
    const cache = redisResponseCache(redis, wait);
    const stored = cache.store("bench", answer, 600);
    return async () => {
      await stored;
      if (!(await cache.find("bench"))) throw new Error("the answer is gone");
    };
  },
};

/** Sends on time, whether or not earlier ones were answered. */
const atRate = async (run: Operation, rate: number, pid: number, { roundSeconds }: Lengths) => {
  const latencies: number[] = [];
  let [sent, failed, underWay] = [0, 0, 0];
  const one = async (index: number): Promise<void> => {
    const began = performance.now();
    underWay += 1;
    try {
      await run(index);
      latencies.push(performance.now() - began);
    } catch {
      failed += 1;
    }
    underWay -= 1;
  };
  // Connections and compiled code are there before it counts.
  await Promise.all(Array.from({ length: 500 }, (_, index) => one(index)));
  latencies.length = 0;
  failed = 0;
  const [redisBefore, ownBefore, began] = [cpuSecondsOf(pid), process.cpuUsage(), performance.now()];
  const elapsed = () => (performance.now() - began) / 1000;
  while (elapsed() < roundSeconds && underWay < MAX_UNDER_WAY) {
    for (const due = elapsed() * rate; sent < due && underWay < MAX_UNDER_WAY; sent += 1) void one(sent);
    await sleep(TICK_MS);
  }
  const seconds = elapsed();
  const done = latencies.length;
  const redisSeconds = cpuSecondsOf(pid) - redisBefore;
  const own = process.cpuUsage(ownBefore);
  for (const end = performance.now() + SETTLE_MS; underWay > 0 && performance.now() < end; )
    await sleep(TICK_MS);
  latencies.sort((a, b) => a - b);
  const at = (part: number) => latencies[Math.floor(part * latencies.length)] ?? Number.NaN;
  return {
    ...{ done, failed, seconds, redisSeconds, ownSeconds: (own.user + own.system) / 1e6 },
    ...{ p50: at(0.5), p99: at(0.99) },
  };
};
