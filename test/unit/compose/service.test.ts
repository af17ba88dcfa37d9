// What the start opens, and that all of it is closed, wherever the start or the service ends.
import { readdirSync, readlinkSync } from "node:fs";
import { mkdtemp, rm } from "node:fs/promises";
import { createServer } from "node:http";
import type { AddressInfo } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { createClient } from "@redis/client";
import { afterAll, beforeAll, expect, it } from "vitest";
import type { World } from "../../../server/compose/resources.ts";
import { createService } from "../../../server/compose/service.ts";
import { systemRandom } from "../../../server/random.ts";
import { configOf } from "../../support/configuration.ts";
import { startRedis, type TestRedis } from "../../support/redis.ts";
import { until } from "../../support/wait.ts";

let redis: TestRedis;
let folder: string;
let observer: ReturnType<typeof createClient>;
beforeAll(async () => {
  [redis, folder] = await Promise.all([startRedis(), mkdtemp(join(tmpdir(), "service-"))]);
  observer = createClient({ url: redis.url });
  await observer.connect();
});
afterAll(async () => {
  observer.destroy();
  await redis[Symbol.asyncDispose]();
  await rm(folder, { recursive: true });
});

const guests = "callers: { guests: loopback }";
const start = (yaml: string, world: Partial<World> = {}, env: Record<string, string> = {}) => {
  const settings = {
    ...{ PORT: "0", OPENAI_API_KEY: "sk-test", OPENAI_BASE_URL: "http://127.0.0.1:9/v1" },
    ...{ DATABASE_URL: `sqlite:${join(folder, "broker.db")}`, REDIS_URL: redis.url, ...env },
  };
  return createService(configOf(yaml, settings), { log: { write: () => {} }, localGuests: "open", ...world });
};

const fileBehind = (descriptor: string): string => {
  try {
    return readlinkSync(`/proc/self/fd/${descriptor}`);
  } catch {
    // The one that listed the others is closed by now.
    return "";
  }
};
const databaseIsOpen = (): boolean =>
  readdirSync("/proc/self/fd").some((each) => fileBehind(each).startsWith(folder));
const connectionsToRedis = async (): Promise<number> => {
  const clients = (await observer.sendCommand(["CLIENT", "LIST"])) as unknown as string;
  return clients.trim().split("\n").length - 1;
};
/** What this process holds open of the test's database and Redis. */
const held = async () => ({ database: databaseIsOpen(), redis: (await connectionsToRedis()) > 0 });
const everything = { database: true, redis: true };
const nothingIsHeld = () =>
  until("all is closed", async () => !databaseIsOpen() && (await connectionsToRedis()) === 0);

it("a service that is stopped holds nothing", async () => {
  const service = await start(guests);
  const { url, stop } = await service.listen();
  expect((await fetch(`${url}/healthz`)).status).toBe(200);
  expect(await held()).toEqual(everything);
  await stop(1);
  await nothingIsHeld();
  await expect(fetch(`${url}/healthz`)).rejects.toThrow();
  // To stop it twice does no harm.
  await stop(1);
});

it("a start that is refused for its configuration holds nothing, and says all that is wrong", async () => {
  const yaml = "profiles: { default: { session: { type: realtime, model: m }, tools: [nothing] } }";
  await expect(start(yaml)).rejects.toMatchObject({
    problems: [expect.stringMatching(/^callers: /), expect.stringContaining("no tool called nothing")],
  });
  await nothingIsHeld();
});

it("a database that cannot be opened is told together with the configuration's mistakes", async () => {
  const yaml = `${guests}
profiles: { default: { session: { type: realtime, model: m }, tools: [nothing] } }`;
  const env = { DATABASE_URL: `sqlite:${folder}` };
  await expect(start(yaml, {}, env)).rejects.toMatchObject({
    problems: [expect.stringContaining("nothing"), expect.stringMatching(/^DATABASE_URL: /)],
  });
  await nothingIsHeld();
});

it("a start that fails at its last step closes what the steps before it opened", async () => {
  let wasOpen = false;
  const random = {
    ...systemRandom,
    bytes: () => {
      wasOpen = databaseIsOpen();
      throw new Error("no randomness");
    },
  };
  await expect(start(guests, { random })).rejects.toThrow("no randomness");
  expect(wasOpen).toBe(true);
  await nothingIsHeld();
});

it("an address that is taken is named by its setting, and then nothing is held", async () => {
  const other = createServer();
  await new Promise<void>((resolve) => other.listen(0, "127.0.0.1", resolve));
  const { port } = other.address() as AddressInfo;
  const service = await start(guests, {}, { PORT: String(port) });
  expect(await held()).toEqual(everything);
  await expect(service.listen()).rejects.toThrow(`PORT: ${port} is taken`);
  await nothingIsHeld();
  other.close();
});

it("a changed policy that is refused changes nothing and opens nothing", async () => {
  const service = await start(guests);
  const { url, stop } = await service.listen();
  const before = await held();
  const yaml = `${guests}\nprofiles: { other: { session: { type: realtime, model: m }, tools: [nothing] } }`;
  await expect(service.useConfig(configOf(yaml, { OPENAI_API_KEY: "sk-test" }))).rejects.toMatchObject({
    problems: [expect.stringContaining("nothing")],
  });
  expect((await fetch(`${url}/tools`)).status).toBe(200);
  expect(await held()).toEqual(before);
  await stop(1);
  await nothingIsHeld();
});

it("a service whose Redis has gone stops as any other", async () => {
  await using away = await startRedis();
  const service = await start(guests, {}, { REDIS_URL: away.url });
  const { stop } = await service.listen();
  await away.stop();
  await stop(1);
  await nothingIsHeld();
});
