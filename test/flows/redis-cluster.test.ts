// A Redis Cluster that loses a master: the service goes on, and what was spent counts when its replica has taken over.
import { afterAll, beforeAll, expect, it } from "vitest";
import { sqlAmounts } from "../../server/budgets/saved-amounts.sql.ts";
import { systemClock, systemTimers } from "../../server/clock.ts";
import { redisCounter } from "../../server/limits/counter.redis.ts";
import { createTimeBudget } from "../../server/limits/time-budget.ts";
import { Secret } from "../../server/secret.ts";
import { openSqlite } from "../../server/store/database.sqlite.ts";
import type { Database } from "../../server/store/database.ts";
import { loadMigrations } from "../../server/store/migrations.fs.ts";
import { connectRedisCluster } from "../../server/store/redis-cluster.node.ts";
import { charge as chargeAt } from "../support/budget-charges.ts";
import { startReplica } from "../support/budget-replica.ts";
import { startRedisCluster, type TestCluster } from "../support/redis-cluster.ts";
import { until } from "../support/wait.ts";

/** All budgets are in the slot of what stands in the braces. */
const BUDGETS = "broker:{budgets}:";

let cluster: TestCluster;
let database: Database;
beforeAll(async () => {
  cluster = await startRedisCluster(BUDGETS);
  database = await openSqlite(":memory:", loadMigrations("sqlite"));
});
afterAll(async () => {
  await database.close();
  await cluster[Symbol.asyncDispose]();
});

it("counts on when a master dies: other masters' counts meanwhile, all that was spent afterwards", async () => {
  const lines: string[] = [];
  const log = { write: (level: string, message: string) => void lines.push(`${level} ${message}`) };
  const watched = await connectRedisCluster(new Secret(cluster.url), log);
  const saved = sqlAmounts(database);
  const [one, other] = [await startReplica(cluster.url, saved), await startReplica(cluster.url, saved)];
  const charge = (estimate: number) =>
    chargeAt(estimate, { name: "monthly", requests: 100 }, undefined, systemClock.now());
  one.settle(await one.reserve(charge(20)), 20);
  await one.settled();
  const held = await other.reserve(charge(5));
  expect(held).toMatchObject({ refused: [], isShared: true });

  await cluster.killMasterOf(BUDGETS);
  await until("the loss was noticed", () => lines.length > 0);
  expect([watched.ready, one.redis.ready]).toEqual([true, true]);
  // A share of what was left, as without any Redis; on a slow machine the other server may have taken over by now.
  one.settle(await one.reserve(charge(10)), 10);
  expect(one.fallbacks()).toBeLessThanOrEqual(1);
  other.settle(held, 5);
  // Of twenty keys some are on the masters that live.
  const counter = redisCounter(watched);
  const timeBudget = () => createTimeBudget({ clock: systemClock, timers: systemTimers }, 500);
  const add = (index: number) =>
    counter.add([{ window: "w", rate: { count: 9, per: "minute" }, key: `caller ${index}` }], timeBudget());
  const counted = await Promise.allSettled(Array.from({ length: 20 }, (_, index) => add(index)));
  expect(counted.filter(({ status }) => status === "fulfilled").length).toBeGreaterThan(0);

  await until("both replicas agree on all that was spent", async () => {
    await one.time.pass(1000);
    await other.time.pass(1000);
    const asked = [await one.reserve(charge(0)), await other.reserve(charge(0))];
    if (!asked.every(({ isShared }) => isShared)) return false;
    return [one, other].every(({ local }) => local.state(charge(0).account).spent === 35);
  });
  // Until all that was missed is merged, each also keeps to its share; a refusal keeps nothing.
  await until("all that is left is given out", async () => {
    const all = await one.reserve(charge(65));
    if (all.refused.length === 0) return all.isShared;
    for (const { time } of [one, other]) await time.pass(1000);
    return false;
  });
  expect((await other.reserve(charge(1))).refused).toHaveLength(1);
  await until("its return was told", () => lines.includes("info redis-back"));
  expect([lines[0], lines.at(-1)]).toEqual(["warn redis-lost", "info redis-back"]);
  expect(await Promise.all(Array.from({ length: 20 }, (_, index) => add(index)))).toHaveLength(20);
  for (const each of [one, other]) {
    await each.stop();
    each.redis.close();
  }
  watched.close();
});
