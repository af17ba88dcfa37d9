// Budgets of several replicas that share a Redis and a Postgres.
import { afterAll, beforeAll, expect, it } from "vitest";
import { createTestBroker, type TestBroker } from "../support/broker.ts";
import { answerWith, COST, chatWith } from "../support/budget-broker.ts";
import { type FakeOpenAi, fakeOpenAi } from "../support/fake-openai.ts";
import { createDatabase, type TestDatabase } from "../support/postgres.ts";
import { startRedis, type TestRedis } from "../support/redis.ts";
import { ALICE, relayYaml } from "../support/relay-client.ts";
import { until } from "../support/wait.ts";

let redis: TestRedis;
let openai: FakeOpenAi;
beforeAll(async () => {
  redis = await startRedis();
  openai = await fakeOpenAi(answerWith());
});
afterAll(async () => {
  await openai[Symbol.asyncDispose]();
  await redis.stop();
});

interface Replicas extends AsyncDisposable {
  all: TestBroker[];
  /** Asks the replicas in turn; resolves with the statuses. */
  ask(count: number): Promise<number[]>;
  start(): Promise<TestBroker>;
}

let made = 0;
const replicas = async (count: number, amount: string): Promise<Replicas> => {
  const database: TestDatabase = await createDatabase();
  made += 1;
  const yaml = relayYaml(
    "{ all: { allow: [everyone] } }",
    `budgets: [{ name: 'shared-${made}', ${amount}, per: month }]`,
  );
  const env = { REDIS_URL: redis.url, DATABASE_URL: database.url };
  const all: TestBroker[] = [];
  const start = async (): Promise<TestBroker> => {
    const broker = await createTestBroker({ openai: openai.baseUrl, yaml, env });
    all.push(broker);
    return broker;
  };
  for (let index = 0; index < count; index += 1) await start();
  return {
    all,
    start,
    ask: (asked) =>
      Promise.all(
        Array.from({ length: asked }, async (_, index) => {
          const answer = await chatWith(all[index % all.length]?.url ?? "", {}, ALICE);
          await answer.text();
          return answer.status;
        }),
      ),
    [Symbol.asyncDispose]: async () => {
      for (const broker of all) await broker.stop();
      await database[Symbol.asyncDispose]();
    },
  };
};
const passed = (statuses: readonly number[]): number => statuses.filter((status) => status === 200).length;
const alertsOf = ({ all }: Replicas): unknown[] =>
  all.flatMap(({ logs }) =>
    logs.filter(({ msg }) => msg === "budget-reached").map(({ threshold }) => threshold),
  );

it("500 requests at once over three replicas spend a budget of 50 to the last, and one alert is told of each threshold", async () => {
  await using three = await replicas(3, "requests: 50");
  expect(passed(await three.ask(500))).toBe(50);
  await until("the last is told", () => alertsOf(three).includes(100));
  const told = alertsOf(three);
  expect(new Set(told).size).toBe(told.length);
});

it("three replicas do not overshoot a budget in dollars, and use it up in the end", async () => {
  await using three = await replicas(3, `cost_usd: ${COST * 50}`);
  let spent = 0;
  for (let round = 0; round < 4; round += 1) spent += passed(await three.ask(100)) * COST;
  expect(spent).toBeLessThanOrEqual(COST * 50);
  expect(spent).toBeGreaterThan(COST * 48);
});

it("Redis may be lost and come back empty: nothing that was spent is forgotten, and no more passes than there is", async () => {
  await using two = await replicas(2, "requests: 40");
  expect(passed(await two.ask(20))).toBe(20);
  await redis.stop();
  await until("the replicas have noticed", async () =>
    two.all.every(({ logs }) => logs.some(({ msg }) => msg === "redis-lost")),
  );
  const alone = passed(await two.ask(100));
  // A quarter of the 20 that were left, each.
  expect(alone).toBeGreaterThan(0);
  expect(alone).toBeLessThanOrEqual(10);
  await redis.start();
  await until("they are back", () =>
    two.all.every(({ logs }) => logs.some(({ msg }) => msg === "redis-back")),
  );
  // Until Redis has been told everything, each goes on alone.
  let total = 20 + alone;
  await until("the rest is given out", async () => {
    total += passed(await two.ask(20));
    return total >= 40;
  });
  expect(total + passed(await two.ask(100))).toBe(40);
});

it("a replica that starts later knows what those had spent that are gone", async () => {
  await using some = await replicas(1, "requests: 10");
  expect(passed(await some.ask(7))).toBe(7);
  await some.all.shift()?.stop();
  await redis.stop();
  await redis.start();
  await some.start();
  expect(passed(await some.ask(20))).toBe(3);
});
