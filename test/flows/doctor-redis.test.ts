// broker doctor: a Redis with one thing wrong each, and with nothing wrong.
import { createServer } from "node:http";
import type { AddressInfo } from "node:net";
import { createClient } from "@redis/client";
import { afterAll, beforeEach, describe, expect, it } from "vitest";
import { examineService } from "../support/doctor-service.ts";
import { startRedis } from "../support/redis.ts";

describe("Redis", async () => {
  const redis = await startRedis();
  afterAll(() => redis[Symbol.asyncDispose]());
  const tell = async (...words: [string, ...string[]]): Promise<void> => {
    const client = await createClient({ url: redis.url }).connect();
    await client.sendCommand(words);
    client.destroy();
  };
  const withUser = redis.url.replace("//", "//reader:a-password-of-redis@");
  const ask = (url = redis.url) => examineService({ REDIS_URL: url }, { only: ["redis"] });

  beforeEach(async () => {
    await redis.stop();
    await redis.start();
  });

  it("finds nothing wrong with a healthy one", async () => {
    const { faults, findings } = await ask();
    expect(faults).toEqual([]);
    expect(findings[0]?.title).toMatch(/^(?:Redis|Valkey) [\d.]+ answers within [\d.]+ ms$/);
  });

  const planted: Record<string, () => Promise<unknown>> = {
    "fault redis.unreachable": () => redis.stop(),
    "fault redis.auth": () => tell("CONFIG", "SET", "requirepass", "another-password"),
    "fault redis.full": () => tell("CONFIG", "SET", "maxmemory", "1"),
    "fault redis.read-only": () => tell("REPLICAOF", "127.0.0.1", "1"),
    "warning redis.eviction": async () => {
      await tell("CONFIG", "SET", "maxmemory", "100mb");
      await tell("CONFIG", "SET", "maxmemory-policy", "allkeys-lru");
    },
  };
  it.each(Object.entries(planted))("names %s, and nothing else", async (found, plant) => {
    await plant();
    expect((await ask()).faults).toEqual([found]);
  });

  it("names what an access list forbids, and never the password", async () => {
    await tell(
      "ACL",
      "SETUSER",
      "reader",
      "on",
      ">a-password-of-redis",
      "~broker:*",
      "+@read",
      "+ping",
      "+info",
    );
    const { faults, findings } = await ask(withUser);
    expect(faults).toEqual(["fault redis.permission"]);
    expect(JSON.stringify(findings)).not.toContain("a-password");
  });

  it("names a wrong password", async () => {
    expect((await ask(withUser)).faults).toEqual(["fault redis.auth"]);
  });

  it("names a number that no database has", async () => {
    expect((await ask(`${redis.url}/99`)).faults).toEqual(["fault redis.database"]);
  });

  it("names TLS where the server speaks none, and what is no Redis", async () => {
    expect((await ask(redis.url.replace("redis:", "rediss:"))).faults).toEqual(["fault redis.tls"]);
    const server = createServer((_, response) => response.end("hello"));
    await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
    const { port } = server.address() as AddressInfo;
    expect((await ask(`redis://127.0.0.1:${port}`)).faults).toEqual(["fault redis.not-redis"]);
    server.close();
  });
});
