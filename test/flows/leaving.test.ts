// Callers who leave while the service still waits for something, before or after their body: nothing of theirs stays behind.
import { setTimeout as sleep } from "node:timers/promises";
import { expect, it } from "vitest";
import { createTestBroker } from "../support/broker.ts";
import { fakeOpenAi } from "../support/fake-openai.ts";
import { openRaw } from "../support/raw-connection.ts";
import { startRedis } from "../support/redis.ts";
import { ALICE } from "../support/relay-client.ts";

const setUp = async (limits: string) => {
  const openai = await fakeOpenAi((answer) => void answer.end("{}"));
  // While it hangs, counting waits for it.
  const redis = await startRedis();
  const yaml = `
callers: { tokens: [{ name: alice, token: ${ALICE} }] }
limits: { ${limits} }
relay: { all: { allow: [everyone], cache_seconds: 60 } }`;
  const env = { REDIS_URL: redis.url, BODY_MEMORY_BYTES: "67108864" };
  const broker = await createTestBroker({ openai: openai.baseUrl, yaml, env });
  const path = "/v1/chat/completions";
  const headers = { authorization: `Bearer ${ALICE}`, "content-type": "application/json" };
  return {
    broker,
    ask: (body: string) => broker.fetch(path, { method: "POST", headers, body }),
    askAndLeave: async (body: string, length: number) => {
      const fields = Object.entries({ host: "a", ...headers, "content-length": length });
      const lines = fields.map(([name, value]) => `${name}: ${value}\r\n`).join("");
      const connection = await openRaw(broker.url);
      const before = broker.logs.length;
      connection.write(`POST ${path} HTTP/1.1\r\n${lines}\r\n${body}`);
      await sleep(25);
      connection.reset();
      await sleep(100);
      return broker.logs.slice(before).filter(({ msg }) => msg === "request");
    },
    redis,
    [Symbol.asyncDispose]: async () => {
      await broker.stop();
      await openai[Symbol.asyncDispose]();
      await redis.stop();
    },
  };
};

const chat = (user = "") => JSON.stringify({ model: "m", temperature: 0, messages: [], user });

it("a caller who leaves before the body is read gives back their place", async () => {
  await using at = await setUp("in_flight: { caller: 2 }");
  expect((await at.ask(chat())).status).toBe(200);
  at.redis.pause();
  for (let turn = 0; turn < 3; turn += 1) await at.askAndLeave('{"model":', 100);
  at.redis.resume();
  expect((await at.ask(chat())).status).toBe(200);
});

it("a caller who leaves between the body and its parsing gives back the memory", async () => {
  await using at = await setUp("address: none, relays: { caller: 1000 per hour }");
  const body = chat("a".repeat(2_000_000));
  expect((await at.ask(body)).status).toBe(200);
  for (let turn = 0; turn < 6; turn += 1) {
    at.redis.pause();
    await at.askAndLeave(body, body.length);
    at.redis.resume();
    await sleep(50);
  }
  expect((await at.ask(body)).status).toBe(200);
});

it("a caller who leaves within the body is no failure of the service", async () => {
  await using at = await setUp("address: none");
  const [line] = await at.askAndLeave('{"model":', 100);
  expect(line).toMatchObject({ status: 499, aborted: true });
  expect(line).not.toHaveProperty("problem");
});
