// The connection to a real Redis that goes away and comes back.
import { expect, it } from "vitest";
import { Secret } from "../../../server/secret.ts";
import { connectRedis } from "../../../server/store/redis.node.ts";
import { startRedis } from "../../support/redis.ts";
import { until } from "../../support/wait.ts";

const listen = () => {
  const lines: string[] = [];
  return {
    lines,
    log: { write: (level: string, message: string) => void lines.push(`${level} ${message}`) },
  };
};

it("says once that Redis is lost, and once that it is back", async () => {
  await using server = await startRedis();
  const { lines, log } = listen();
  const redis = await connectRedis(new Secret(server.url), log);
  expect(redis.ready).toBe(true);
  expect(lines).toEqual([]);
  await server.stop();
  await until("the loss was noticed", () => lines.length > 0);
  expect(redis.ready).toBe(false);
  await expect(redis.ping()).rejects.toThrow();
  await server.start();
  await until("the connection is back", () => redis.ready);
  expect(lines).toEqual(["warn redis-lost", "info redis-back"]);
  redis.close();
});

it("lets the service start while Redis is away, and connects when it is there", async () => {
  await using server = await startRedis();
  await server.stop();
  const { lines, log } = listen();
  const redis = await connectRedis(new Secret(server.url), log);
  expect(redis.ready).toBe(false);
  expect(lines).toEqual(["warn redis-lost"]);
  await server.start();
  await until("Redis is connected", () => redis.ready);
  redis.close();
});
