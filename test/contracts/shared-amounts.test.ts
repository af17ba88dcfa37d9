// Amounts that replicas share: exact with a real Redis, when it is lost, when it forgets, and when a replica dies.
import fc from "fast-check";
import { afterAll, beforeAll, describe, expect, inject, it } from "vitest";
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
const replicas: Replica[] = [];

const replica = async (url = server.url): Promise<Replica> => {
  const started = await startReplica(url, saved);
  replicas.push(started);
  return started;
};

beforeAll(async () => {
  server = await startRedis();
  database = await openSqlite(":memory:", loadMigrations("sqlite"));
  saved = sqlAmounts(database);
});
afterAll(async () => {
  for (const { redis } of replicas) redis.close();
  await database.close();
  await server.stop();
});

let made = 0;
/** A budget of its own for each test. */
const chargesOf = (requests: number) => {
  made += 1;
  const name = `b${made}`;
  return (estimate = 1) => chargeAt(estimate, { name, requests }, undefined, systemClock.now());
};
const passed = (reservations: readonly Reservation[]) =>
  reservations.filter(({ refused }) => refused.length === 0);

describe.each([
  ["Redis", () => server.url],
  ["Redis Cluster", () => inject("redisClusterUrl")],
])("three replicas over one %s", (_name, url) => {
  it("give out a budget together, to the last", async () => {
    const charge = chargesOf(50);
    const three = [await replica(url()), await replica(url()), await replica(url())];
    const asked = Array.from(
      { length: 500 },
      (_, index) => three[index % 3]?.reserve(charge()) as Promise<Reservation>,
    );
    expect(passed(await Promise.all(asked)).length).toBe(50);
  });

  it("agree on what was spent, which is what each of them has settled", async () => {
    const three = [await replica(url()), await replica(url()), await replica(url())];
    const step = fc.record({
      who: fc.nat({ max: 2 }),
      estimate: fc.nat({ max: 5 }),
      spent: fc.nat({ max: 5 }),
      // As after a settlement that Redis did not answer.
      isUnshared: fc.boolean(),
    });
    await fc.assert(
      fc.asyncProperty(fc.array(step, { maxLength: 40 }), async (steps) => {
        const charge = chargesOf(20);
        let [spent, over] = [0, 0];
        await Promise.all(
          steps.map(async ({ who, estimate, spent: actual, isUnshared }) => {
            const { local, reserve } = three[who] as Replica;
            if (isUnshared) local.of(charge().account).isUnshared = true;
            const reservation = await reserve(charge(estimate));
            if (reservation.refused.length > 0) return;
            spent += actual;
            over += Math.max(0, actual - estimate);
            three[who]?.settle(reservation, actual);
          }),
        );
        for (const each of three) await each.settled();
        for (const each of three) await each.reserve(charge(0));
        const states = three.map(({ local }) => local.state(charge().account));
        expect(states).toEqual(states.map(() => ({ spent, held: 0 })));
        expect(spent).toBeLessThanOrEqual(20 + over);
      }),
      { numRuns: 30 },
    );
  });

  it("take nothing of one budget where another refuses", async () => {
    const [roomy, tight] = [chargesOf(100), chargesOf(4)];
    const [one, other] = [await replica(url()), await replica(url())];
    const first = await one.reserve(roomy(5), tight(5));
    expect(first.refused.map(({ account }) => account.limit)).toEqual([4]);
    expect(passed([await other.reserve(roomy(100))]).length).toBe(1);
  });
});

it("what a replica held that died is free when it has not been heard of for its lease", async () => {
  const charge = chargesOf(10);
  const [dying, living] = [await replica(), await replica()];
  await dying.reserve(charge(10));
  expect((await living.reserve(charge())).refused.length).toBe(1);
  dying.redis.close();
  const leases = (await living.redis.send(["KEYS", "broker:{budgets}-replica:*"])) as string[];
  expect(leases).not.toEqual([]);
  // As if their time had passed.
  await living.redis.send(["DEL", ...leases]);
  expect(passed([await living.reserve(charge())]).length).toBe(1);
});

describe("while Redis is away", () => {
  it("each replica gives out a share of what was left, and all that was spent counts afterwards", async () => {
    const charge = chargesOf(100);
    const [one, other] = [await replica(), await replica()];
    one.settle(await one.reserve(charge(20)), 20);
    await one.settled();
    await other.reserve(charge(0));
    await server.stop();
    await until("both have noticed", () => !one.redis.ready && !other.redis.ready);
    const alone = async (each: Replica): Promise<number> => {
      const asked = await Promise.all(Array.from({ length: 100 }, () => each.reserve(charge())));
      for (const reservation of passed(asked)) each.settle(reservation, 1);
      return passed(asked).length;
    };
    expect([await alone(one), await alone(other)]).toEqual([20, 20]);
    expect(one.fallbacks()).toBe(100);
    await one.time.pass(1000);
    await other.time.pass(1000);
    await server.start();
    await until("both are back", () => one.redis.ready && other.redis.ready);
    await until("all is merged", async () => {
      await one.reserve(charge(0));
      await other.reserve(charge(0));
      return [one, other].every(({ local }) => local.state(charge().account).spent === 60);
    });
    const rest = await Promise.all(Array.from({ length: 100 }, () => other.reserve(charge())));
    expect(passed(rest).length).toBe(40);
  });

  it("a Redis that hangs keeps no replica from saving what it spends", async () => {
    const charge = chargesOf(100);
    const one = await replica();
    server.pause();
    try {
      await one.time.pass(6000);
      const alone = await one.reserve(charge());
      expect(alone).toMatchObject({ refused: [], isShared: false });
      one.settle(alone, 1);
      await one.time.pass(1000);
      const { id } = charge().account;
      expect((await saved.load(0)).filter(({ account }) => account === id)).toMatchObject([{ spent: 1 }]);
    } finally {
      server.resume();
    }
  });

  it("a Redis that has lost everything learns from the database what replicas had spent that are gone", async () => {
    const charge = chargesOf(10);
    const [gone, stays] = [await replica(), await replica()];
    gone.settle(await gone.reserve(charge(7)), 7);
    await gone.settled();
    await gone.stop();
    gone.redis.close();
    await server.stop();
    await until("it is away", () => !stays.redis.ready);
    await server.start();
    await until("it is back", () => stays.redis.ready);
    const late = await replica();
    expect((await late.reserve(charge(4))).refused.length).toBe(1);
    expect(passed([await late.reserve(charge(3))]).length).toBe(1);
  });
});
