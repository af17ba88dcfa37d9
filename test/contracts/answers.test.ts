// Where answers are kept, they are found again whole, until their time is over.
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { systemClock, systemTimers } from "../../server/clock.ts";
import { createTimeBudget } from "../../server/limits/time-budget.ts";
import { memoryAnswers } from "../../server/relay/cache/response-cache.memory.ts";
import { redisAnswers } from "../../server/relay/cache/response-cache.redis.ts";
import type { Answers, CachedResponse } from "../../server/relay/cache/response-cache.ts";
import { Secret } from "../../server/secret.ts";
import { connectRedis, type SharedRedis } from "../../server/store/redis.node.ts";
import { startRedis, type TestRedis } from "../support/redis.ts";
import { until } from "../support/wait.ts";

let server: TestRedis;
let connection: SharedRedis;
beforeAll(async () => {
  server = await startRedis();
  connection = await connectRedis(new Secret(server.url), { write: () => {} });
});
afterAll(async () => {
  connection.close();
  await server.stop();
});

const overRedis = () =>
  redisAnswers(connection, (work) =>
    createTimeBudget({ clock: systemClock, timers: systemTimers }, 50).wait(work),
  );
const inMemory = (bytes = 1024 * 1024) => memoryAnswers(bytes, systemClock.monotonic);

const answer = (body: Buffer | string): CachedResponse => ({
  status: 200,
  headers: { "content-type": "audio/pcm" },
  body: Buffer.from(body),
});

describe.each<[string, () => Answers]>([
  ["memory", inMemory],
  ["Redis", overRedis],
])("%s", (_, create) => {
  it("finds what was kept, byte by byte, and nothing else", async () => {
    const answers = create();
    const bytes = Buffer.from(Array.from({ length: 1000 }, (__, index) => index % 256));
    await answers.keep("a", answer(bytes), 60);
    expect(await answers.find("a")).toEqual(answer(bytes));
    expect(await answers.find("b")).toBeUndefined();
  });

  it("keeps the newest", async () => {
    const answers = create();
    await answers.keep("twice", answer("first"), 60);
    await answers.keep("twice", answer("second"), 60);
    expect((await answers.find("twice"))?.body.toString()).toBe("second");
  });

  it("forgets when the time is over, and not before", async () => {
    const answers = create();
    await answers.keep("short", answer("x"), 1);
    expect(await answers.find("short")).toBeDefined();
    await until("it is forgotten", async () => (await answers.find("short")) === undefined);
  });
});

it("memory stays within its bytes, and forgets what was not asked for the longest", async () => {
  const answers = inMemory(64 * 1024);
  for (const key of ["a", "b", "c", "d", "e", "f", "g"]) {
    await answers.keep(key, answer(Buffer.alloc(8 * 1024)), 60);
    expect(await answers.find("a")).toBeDefined();
  }
  await answers.keep("h", answer(Buffer.alloc(8 * 1024)), 60);
  expect(await answers.find("b")).toBeUndefined();
  expect(await answers.find("a")).toBeDefined();
});

it("Redis that hangs has nothing, soon", async () => {
  server.pause();
  const began = performance.now();
  expect(await overRedis().find("a")).toBeUndefined();
  expect(performance.now() - began).toBeLessThan(500);
  server.resume();
});
