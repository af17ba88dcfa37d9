// Every counter keeps the same promises, wherever it counts.
import { afterAll, beforeAll, describe, expect, inject, it } from "vitest";
import { systemClock, systemTimers } from "../../server/clock.ts";
import { memoryCounter } from "../../server/limits/counter.memory.ts";
import { redisCounter } from "../../server/limits/counter.redis.ts";
import type { Counter, Entry } from "../../server/limits/counter.ts";
import { createTimeBudget, TimeBudgetSpent } from "../../server/limits/time-budget.ts";
import { Secret } from "../../server/secret.ts";
import { connectRedis, type SharedRedis } from "../../server/store/redis.node.ts";
import { connectRedisCluster } from "../../server/store/redis-cluster.node.ts";
import { startRedis, type TestRedis } from "../support/redis.ts";
import { until } from "../support/wait.ts";

const silent = { write: () => {} };
const timeBudget = () => createTimeBudget({ clock: systemClock, timers: systemTimers }, 1000);
let server: TestRedis;
const connections: SharedRedis[] = [];

const overRedis = async (): Promise<Counter> => {
  const redis = await connectRedis(new Secret(server.url), silent);
  connections.push(redis);
  return redisCounter(redis);
};

const overCluster = async (): Promise<Counter> => {
  const redis = await connectRedisCluster(new Secret(inject("redisClusterUrl")), silent);
  connections.push(redis);
  return redisCounter(redis);
};

beforeAll(async () => {
  server = await startRedis();
});
afterAll(async () => {
  for (const connection of connections) connection.close();
  await server.stop();
});

let made = 0;
const entry = (count: number, per: Entry["rate"]["per"] = "minute"): Entry => {
  made += 1;
  return { window: `window-${made}-${per}`, rate: { count, per }, key: "alice" };
};

describe.each([
  ["memory", async () => memoryCounter(systemClock)],
  ["Redis", overRedis],
  ["a Redis Cluster", overCluster],
])("%s", (_, create) => {
  it("counts each use, above the quota too", async () => {
    const counter = await create();
    const uses = entry(2);
    for (const used of [1, 2, 3]) {
      expect(await counter.add([uses], timeBudget())).toMatchObject([{ used, quota: 2 }]);
    }
  });

  it("says when the window ends", async () => {
    const counter = await create();
    const [added] = await counter.add([entry(5, "hour")], timeBudget());
    expect(added?.resetMs).toBeGreaterThan(3_599_000 - 1000);
    expect(added?.resetMs).toBeLessThanOrEqual(3_600_000);
  });

  it("holds a month's window", async () => {
    const counter = await create();
    const uses = entry(1, "month");
    await counter.add([uses], timeBudget());
    const [again] = await counter.add([uses], timeBudget());
    expect(again).toMatchObject({ used: 2, quota: 1 });
    expect(again?.resetMs).toBeGreaterThan(29 * 86_400_000);
  });

  it("begins anew when the window has ended", async () => {
    const counter = await create();
    const uses = entry(1, "second");
    await counter.add([uses], timeBudget());
    await until("the second is over", async () => (await counter.look([uses], timeBudget()))[0]?.used === 0);
    expect(await counter.add([uses], timeBudget())).toMatchObject([{ used: 1 }]);
  });

  it("takes a count back, and looks without counting", async () => {
    const counter = await create();
    const uses = entry(3);
    const [first] = await counter.add([uses], timeBudget());
    await counter.add([uses], timeBudget());
    first?.undo();
    await until("one is left", async () => (await counter.look([uses], timeBudget()))[0]?.used === 1);
    expect(await counter.look([uses], timeBudget())).toMatchObject([{ used: 1, quota: 3 }]);
  });

  it("knows nothing of what was never counted", async () => {
    const counter = await create();
    expect(await counter.look([entry(3)], timeBudget())).toMatchObject([
      { used: 0, quota: 3, resetMs: 60_000 },
    ]);
  });

  it("keeps keys, and windows, apart", async () => {
    const counter = await create();
    const one = entry(3);
    const other = { ...one, key: "bob" };
    const wider = { ...one, window: `${one.window}-wider` };
    await counter.add([one], timeBudget());
    expect(await counter.look([one, other, wider], timeBudget())).toMatchObject([
      { used: 1 },
      { used: 0 },
      { used: 0 },
    ]);
  });

  it("goes on counting when the quota is changed", async () => {
    const counter = await create();
    const uses = entry(1);
    await counter.add([uses], timeBudget());
    const raised = { ...uses, rate: { ...uses.rate, count: 5 } };
    expect(await counter.add([raised], timeBudget())).toMatchObject([{ used: 2, quota: 5 }]);
  });

  it("loses no count of many at once", async () => {
    const counter = await create();
    const uses = entry(100);
    const all = await Promise.all(Array.from({ length: 500 }, () => counter.add([uses], timeBudget())));
    const used = all.map(([added]) => added?.used ?? 0).sort((a, b) => a - b);
    expect(used).toEqual(Array.from({ length: 500 }, (__, index) => index + 1));
  });
});

it("a counter over Redis gives up when its time is over, and takes nothing back that it cannot", async () => {
  const uses = entry(10);
  const counter = await overRedis();
  const [added] = await counter.add([uses], timeBudget());
  const spent = createTimeBudget({ clock: systemClock, timers: systemTimers }, 0);
  await expect(counter.look([uses], spent)).rejects.toThrow(TimeBudgetSpent);
  await expect(counter.add([uses], spent)).rejects.toThrow(TimeBudgetSpent);
  connections.pop()?.close();
  // A rejection that nothing handles would end the service.
  added?.undo();
  await expect(counter.add([uses], timeBudget())).rejects.toThrow("not ready");
});

it.each([
  ["Redis", overRedis],
  ["Redis Cluster", overCluster],
])("two replicas over one %s count together", async (_, create) => {
  const uses = entry(10);
  const [one, other] = [await create(), await create()];
  await one.add([uses], timeBudget());
  expect(await other.add([uses], timeBudget())).toMatchObject([{ used: 2 }]);
});
