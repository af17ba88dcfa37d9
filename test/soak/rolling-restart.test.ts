// Two replicas behind each proxy of deploy/, with the settings of its compose file, are restarted again and again under 500 requests a second.
import pg from "pg";
import { afterAll, beforeAll, expect, it } from "vitest";
import { startDeployedCaddy, startDeployedNginx } from "../support/deployed-proxies.ts";
import { type PostgresServer, startPostgres } from "../support/postgres.ts";
import { startRedis, type TestRedis } from "../support/redis.ts";
import { restartUnderLoad } from "../support/rolling-restart.ts";

let postgres: PostgresServer;
let redis: TestRedis;
beforeAll(async () => {
  postgres = await startPostgres();
  redis = await startRedis();
}, 60_000);
afterAll(async () => {
  await postgres.stop();
  await redis.stop();
});

const emptyDatabase = async (name: string): Promise<string> => {
  const client = new pg.Client({ connectionString: postgres.url });
  await client.connect();
  await client.query(`create database ${name}`);
  await client.end();
  return postgres.url.replace(/postgres$/, name);
};

// Debian 12 has Caddy 2.6, which loses requests with a body where a replica refuses the connection; the image in deploy/ does not.
it.each([
  ["nginx", startDeployedNginx, ["GET", "POST"]],
  ["caddy", startDeployedCaddy, ["GET"]],
] as const)(
  "three rolling restarts behind %s lose no request of 500 in a second",
  async (name, startProxy, methods) => {
    const { sent, failures, chats, recorded } = await restartUnderLoad({
      databaseUrl: await emptyDatabase(name),
      redisUrl: redis.url,
      startProxy: (replicas) => startProxy(replicas),
      perSecond: 500,
      methods,
      rounds: 3,
    });
    expect(failures).toEqual({});
    expect(chats.arrived).toBe(chats.sent);
    expect(recorded).toBe(sent);
    expect(sent).toBeGreaterThan(15_000);
  },
  300_000,
);
