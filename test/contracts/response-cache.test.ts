// The response cache: what is stored is found again whole, until its time is over.
import { afterAll, beforeAll, describe, expect, inject, it } from "vitest";
import { systemClock, systemTimers } from "../../server/clock.ts";
import { createTimeBudget } from "../../server/limits/time-budget.ts";
import { memoryResponseCache } from "../../server/relay/cache/response-cache.memory.ts";
import { redisResponseCache } from "../../server/relay/cache/response-cache.redis.ts";
import type { CachedResponse, ResponseCache } from "../../server/relay/cache/response-cache.ts";
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
  redisResponseCache(redis, (work) =>
    createTimeBudget({ clock: systemClock, timers: systemTimers }, 50).wait(work),
  );
const inMemory = () => memoryResponseCache(1024 * 1024, systemClock.monotonic);

const answer = (body: Buffer | string): CachedResponse => ({
  status: 200,
  headers: { "content-type": "audio/pcm" },
  body: Buffer.from(body),
});

describe.each<[string, () => ResponseCache]>([
  ["memory", inMemory],
  ["Redis", () => overRedis()],
  ["a Redis Cluster", () => overRedis(cluster)],
])("%s", (_, create) => {
  it("finds what was kept, byte by byte, and nothing else", async () => {
    const responses = create();
    const bytes = Buffer.from(Array.from({ length: 1000 }, (__, index) => index % 256));
    await responses.store("a", answer(bytes), 60);
    expect(await responses.find("a")).toEqual(answer(bytes));
    expect(await responses.find("b")).toBeUndefined();
  });

  it("keeps the newest", async () => {
    const responses = create();
    await responses.store("twice", answer("first"), 60);
    await responses.store("twice", answer("second"), 60);
    expect((await responses.find("twice"))?.body.toString()).toBe("second");
  });

  it("forgets when the time is over, and not before", async () => {
    const responses = create();
    await responses.store("short", answer("x"), 1);
    expect(await responses.find("short")).toBeDefined();
    await until("it is forgotten", async () => (await responses.find("short")) === undefined);
  });
});

it("Redis that hangs has nothing, soon", async () => {
  server.pause();
  const began = performance.now();
  expect(await overRedis().find("a")).toBeUndefined();
  expect(performance.now() - began).toBeLessThan(10_000);
  server.resume();
});
