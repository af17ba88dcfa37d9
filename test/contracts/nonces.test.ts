// Each nonce is accepted once, wherever nonces are stored.
import { afterAll, beforeAll, describe, expect, inject, it } from "vitest";
import { memoryNonces } from "../../server/auth/signatures/nonces.memory.ts";
import { redisNonces } from "../../server/auth/signatures/nonces.redis.ts";
import type { Nonces } from "../../server/auth/signatures/nonces.ts";
import { systemClock, systemTimers } from "../../server/clock.ts";
import { createTimeBudget } from "../../server/limits/time-budget.ts";
import { Secret } from "../../server/secret.ts";
import { connectRedis, type SharedRedis } from "../../server/store/redis.node.ts";
import { connectRedisCluster } from "../../server/store/redis-cluster.node.ts";
import { startRedis, type TestRedis } from "../support/redis.ts";
import { until } from "../support/wait.ts";

let server: TestRedis;
let connection: SharedRedis;
let cluster: SharedRedis;
beforeAll(async () => {
  server = await startRedis();
  connection = await connectRedis(new Secret(server.url), { write: () => {} });
  cluster = await connectRedisCluster(new Secret(inject("redisClusterUrl")), { write: () => {} });
});
afterAll(async () => {
  connection.close();
  cluster.close();
  await server.stop();
});

const overRedis = (redis = connection) =>
  redisNonces(redis, (work) =>
    createTimeBudget({ clock: systemClock, timers: systemTimers }, 5000).wait(work),
  );

describe.each<[string, () => Nonces]>([
  ["memory", () => memoryNonces(systemClock)],
  ["Redis", () => overRedis()],
  ["a Redis Cluster", () => overRedis(cluster)],
])("%s", (_, create) => {
  it("lets a name pass once", async () => {
    const nonces = create();
    expect(await nonces.once("shop", "a", 60)).toBe(true);
    expect(await nonces.once("shop", "a", 60)).toBe(false);
    expect(await nonces.once("shop", "b", 60)).toBe(true);
    expect(await nonces.once("another", "a", 60)).toBe(true);
  });

  it("lets one of many at once pass", async () => {
    const nonces = create();
    const all = await Promise.all(Array.from({ length: 50 }, () => nonces.once("shop", "at once", 60)));
    expect(all.filter(Boolean)).toHaveLength(1);
  });

  it("forgets when the time is over, and not before", async () => {
    const nonces = create();
    expect(await nonces.once("shop", "short", 1)).toBe(true);
    expect(await nonces.once("shop", "short", 1)).toBe(false);
    await until("it is forgotten", () => nonces.once("shop", "short", 1));
  });
});

it("memory that is full refuses rather than forgets", async () => {
  const nonces = memoryNonces(systemClock, 2);
  await nonces.once("shop", "a", 60);
  await nonces.once("shop", "b", 60);
  await expect(nonces.once("shop", "c", 60)).rejects.toThrow("set REDIS_URL");
  expect(await nonces.once("shop", "a", 60).catch(() => false)).toBe(false);
});

it("memory that one signer has filled has room for another's", async () => {
  const nonces = memoryNonces(systemClock, 2);
  for (const nonce of ["a", "b"]) await nonces.once("shop", nonce, 60);
  expect(await nonces.once("another", "a", 60)).toBe(true);
});

it("Redis that hangs, or is gone, lets nothing pass", async () => {
  server.pause();
  await expect(overRedis().once("shop", "hanging", 60)).rejects.toThrow("did not answer in time");
  server.resume();
  await server.stop();
  await expect(overRedis().once("shop", "gone", 60)).rejects.toThrow();
});
