// A minute of everything that may come over a socket, against a service that others use meanwhile.
import { connect } from "node:net";
import { setTimeout as pause } from "node:timers/promises";
import { expect, it } from "vitest";
import { startProcess } from "../support/process.ts";
import { relayYaml } from "../support/relay-client.ts";
import { until } from "../support/wait.ts";
import { startHonestClient } from "./honest-client.ts";
import { hostileText } from "./hostile-text.ts";
import { startPlainOpenAi } from "./plain-openai.ts";
import { type Random, randomFrom } from "./random.ts";

const MINUTE_MS = 60_000;
const ATTACKERS = 24;
/** To repeat a run, put its seed here. */
const seed = Date.now() % 2 ** 32;

const yaml = relayYaml("{ all: { allow: [everyone], paths: [/v1/*] } }").replace(
  "relays:",
  "mints: { caller: none }, tool_calls: { caller: none }, relays:",
);
const env = {
  OPENAI_API_KEY: "sk-test",
  DATABASE_URL: "sqlite::memory:",
  HEADER_TIMEOUT_SECONDS: "2",
  REQUEST_TIMEOUT_SECONDS: "2",
};

/** Writes one hostile text to a connection of its own, and leaves it in one of the ways in which callers leave. */
const attackOnce = async (url: URL, random: Random): Promise<void> => {
  const socket = connect({
    host: url.hostname,
    port: Number(url.port),
    allowHalfOpen: random.chance(0.5),
    noDelay: true,
  });
  const gone = new Promise<void>((resolve) => socket.once("close", () => resolve()));
  socket.on("error", () => {});
  if (random.chance(0.9)) socket.resume();
  for (const piece of hostileText(random)) {
    socket.write(Buffer.from(piece, "latin1"));
    if (random.chance(0.2)) await pause(random.below(20));
    else await new Promise(setImmediate);
  }
  const leave = random.one([
    () => socket.end(),
    () => socket.resetAndDestroy(),
    () => socket.destroy(),
    // It stays, silently, until the service ends it, or the attacker has had enough.
    () => {},
  ]);
  if (random.chance(0.7)) await Promise.race([gone, pause(random.below(100))]);
  leave();
  await Promise.race([gone, pause(random.chance(0.02) ? 3000 : 100)]);
  socket.destroy();
};

it(`a minute of hostile connections ends nothing, leaks nothing, and is nobody else's trouble (seed ${seed})`, async () => {
  await using openai = await startPlainOpenAi();
  await using service = startProcess({ ...env, OPENAI_BASE_URL: openai.baseUrl }, yaml);
  const url = await service.listening();
  const warmUp = startHonestClient(url);
  await pause(2000);
  expect((await warmUp.stop()).failures).toEqual([]);
  const before = service.descriptors();

  const honest = startHonestClient(url);
  const end = performance.now() + MINUTE_MS;
  let connections = 0;
  const attackers = Array.from({ length: ATTACKERS }, async (_, index) => {
    const random = randomFrom(seed + index);
    while (performance.now() < end) {
      await attackOnce(new URL(url), random);
      connections += 1;
    }
  });
  await Promise.all(attackers);
  const { requests, failures, p99Ms } = await honest.stop();
  process.stdout.write(
    `seed ${seed}: ${connections} hostile connections; ${requests} honest requests, p99 ${Math.round(p99Ms)} ms\n`,
  );

  expect(failures.slice(0, 10)).toEqual([]);
  expect(connections).toBeGreaterThan(1000);
  expect(requests).toBeGreaterThan(500);
  await until("what is left are the connections to OpenAI", () => service.descriptors() <= before + 10, 20);
  const lines = service.output.trim().split("\n");
  expect(lines.filter((line) => !line.startsWith("{"))).toEqual([]);
  expect(
    lines.filter((line) => /"(?:fatal-error|connection-failed)"|"problem":"internal"/.test(line)),
  ).toEqual([]);
  const running = Promise.race([service.exited, pause(0, "runs")]);
  expect(await running).toBe("runs");
});
