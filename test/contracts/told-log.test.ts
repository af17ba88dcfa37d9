// What sessions tell their pages is read in its order by other replicas, over one Redis and over a cluster.
import { afterAll, beforeAll, describe, expect, inject, it } from "vitest";
import { Secret } from "../../server/secret.ts";
import { redisToldLog } from "../../server/sessions/told/told-log.redis.ts";
import type { Told } from "../../server/sessions/watchers/watcher.ts";
import { connectRedis, type SharedRedis } from "../../server/store/redis.node.ts";
import { connectRedisCluster } from "../../server/store/redis-cluster.node.ts";
import { startRedis, type TestRedis } from "../support/redis.ts";

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

const caption = (text: string): Told => ({ kind: "caption", by: "user", text, isWhole: true });

describe.each<[string, () => SharedRedis]>([
  ["Redis", () => connection],
  ["a Redis Cluster", () => cluster],
])("%s", (_, redis) => {
  it("reads what was added since, each once", async () => {
    const log = redisToldLog(redis());
    const { told, next } = await log.read("vs_a", undefined);
    expect(told).toEqual([]);
    await log.add("vs_a", [caption("one"), caption("two")]);
    await log.add("vs_a", [{ kind: "ends-soon", endsAt: 5 }]);
    await log.add("vs_b", [caption("another's")]);
    const first = await log.read("vs_a", next);
    expect(first.told).toEqual([caption("one"), caption("two"), { kind: "ends-soon", endsAt: 5 }]);
    expect(await log.read("vs_a", first.next)).toEqual({ told: [], next: first.next });
    await log.add("vs_a", [caption("naïve 🎈")]);
    expect((await log.read("vs_a", first.next)).told).toEqual([caption("naïve 🎈")]);
  });

  it("begins with what comes, not with what was", async () => {
    const log = redisToldLog(redis());
    await log.add("vs_c", [caption("before")]);
    const { told, next } = await log.read("vs_c", undefined);
    expect(told).toEqual([]);
    expect((await log.read("vs_c", next)).told).toEqual([]);
  });

  it("forgets what was told after a minute, and keeps little until then", async () => {
    const log = redisToldLog(redis());
    for (let count = 0; count < 400; count += 1) await log.add("vs_d", [caption(String(count))]);
    const key = "broker:told:vs_d";
    expect(Number(await redis().send(["PTTL", key], key))).toBeLessThanOrEqual(60_000);
    expect(Number(await redis().send(["XLEN", key], key))).toBeLessThan(300);
  });
});
