// Amounts that are merged into a shared state that missed them, or lost them, while requests for them are under way.
import { afterAll, afterEach, beforeAll, expect, it } from "vitest";
import type { Reservation } from "../../server/budgets/reserve.ts";
import { sqlAmounts } from "../../server/budgets/saved-amounts.sql.ts";
import type { SavedAmounts } from "../../server/budgets/saved-amounts.ts";
import { systemClock } from "../../server/clock.ts";
import { openSqlite } from "../../server/store/database.sqlite.ts";
import type { Database } from "../../server/store/database.ts";
import { loadMigrations } from "../../server/store/migrations.fs.ts";
import { charge as chargeAt } from "../support/budget-charges.ts";
import { type Replica, startReplica } from "../support/budget-replica.ts";
import { startRedis, type TestRedis } from "../support/redis.ts";
import { until } from "../support/wait.ts";

let server: TestRedis;
let database: Database;
let saved: SavedAmounts;
let replicas: Replica[] = [];
const replica = async (from = saved): Promise<Replica> => {
  const started = await startReplica(server.url, from);
  replicas.push(started);
  return started;
};

beforeAll(async () => {
  server = await startRedis();
  database = await openSqlite(":memory:", loadMigrations("sqlite"));
  saved = sqlAmounts(database);
});
// Those of another test would tell Redis what the database has.
afterEach(() => {
  for (const { redis } of replicas) redis.close();
  replicas = [];
});
afterAll(async () => {
  await database.close();
  await server.stop();
});

let made = 0;
/** A budget of ten requests for each test. */
const chargesOf = () => {
  made += 1;
  const name = `merged-${made}`;
  return (estimate: number) => chargeAt(estimate, { name, requests: 10 }, undefined, systemClock.now());
};
const passes = ({ refused }: Reservation): boolean => refused.length === 0;
const loseRedis = async (...known: readonly Replica[]): Promise<void> => {
  await server.stop();
  await until("it is away", () => known.every(({ redis }) => !redis.ready));
};
const bringRedisBack = async (...known: readonly Replica[]): Promise<void> => {
  await server.start();
  await until("it is back", () => known.every(({ redis }) => redis.ready));
};

it("what is refused while its account is merged is not held afterwards", async () => {
  const charge = chargesOf();
  const [one, other] = [await replica(), await replica()];
  const all = await one.reserve(charge(10));
  const amount = one.local.of(charge(0).account);
  // All of this reaches Redis, and is answered, at once.
  server.pause();
  amount.isUnshared = true;
  await one.time.pass(1000);
  const asked = [one.reserve(charge(4))];
  amount.isUnshared = true;
  asked.push(one.reserve(charge(4)));
  server.resume();
  expect((await Promise.all(asked)).map(passes)).toEqual([false, false]);
  one.settle(all, 0);
  await one.settled();
  expect(passes(await other.reserve(charge(10)))).toBe(true);
});

it("what a replica gave out alone is held in a Redis that comes back, and free as soon as it is settled", async () => {
  const charge = chargesOf();
  const [one, other] = [await replica(), await replica()];
  await loseRedis(one, other);
  const alone = await one.reserve(charge(2));
  expect(alone).toMatchObject({ refused: [], isShared: false });
  await bringRedisBack(one, other);
  await until("the replicas share again", () =>
    [one, other].every(({ local }) => !local.isSharedBehind && !local.of(charge(0).account).isUnshared),
  );
  expect(passes(await other.reserve(charge(9)))).toBe(false);
  expect(passes(await other.reserve(charge(8)))).toBe(true);
  one.settle(alone, 0);
  await one.settled();
  expect(passes(await other.reserve(charge(2)))).toBe(true);
});

it("a database that is away when Redis has lost everything makes no replica forget what others have spent", async () => {
  const charge = chargesOf();
  let isAway = false;
  let refusals = 0;
  const load: SavedAmounts["load"] = (now) => {
    if (!isAway) return saved.load(now);
    refusals += 1;
    return Promise.reject(new Error("away"));
  };
  const gone = await replica();
  gone.settle(await gone.reserve(charge(7)), 7);
  await gone.settled();
  await gone.stop();
  gone.redis.close();
  replicas = [];
  const stays = await replica({ ...saved, load });
  isAway = true;
  await loseRedis(stays);
  await bringRedisBack(stays);
  await until("the database was asked", () => refusals > 0);
  for (let asked = 0; asked < 20; asked += 1) expect(passes(await stays.reserve(charge(4)))).toBe(false);
  isAway = false;
  await stays.time.pass(1000);
  await until("all is merged", () => !stays.local.isSharedBehind);
  expect(passes(await stays.reserve(charge(4)))).toBe(false);
  expect(passes(await stays.reserve(charge(3)))).toBe(true);
});

it("a Redis that has forgotten the scripts gets them again, and counts what it missed once", async () => {
  const charge = chargesOf();
  const [one, other] = [await replica(), await replica()];
  await one.redis.send(["SCRIPT", "FLUSH"]);
  const alone = await one.reserve(charge(2));
  expect(alone).toMatchObject({ refused: [], isShared: false });
  const shared = await one.reserve(charge(2));
  expect(shared).toMatchObject({ refused: [], isShared: true });
  for (const each of [alone, shared]) one.settle(each, 1);
  await one.settled();
  expect(passes(await other.reserve(charge(9)))).toBe(false);
  expect(passes(await other.reserve(charge(8)))).toBe(true);
});
