// A day of changes in minutes: broker.yaml, keys and restarts of replicas under load. No request is lost, and memory stays flat.
import { mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, expect, it } from "vitest";
import { type ServiceProcess, startProcess } from "../support/process.ts";
import { type Account, account, minted } from "../support/upstream.ts";
import { until } from "../support/wait.ts";

/** One a minute, for a day. */
const CHANGES = 1440;
/** Caches and the heap have found their size by then. */
const WARM = 300;
const RESTART_EVERY = 180;
const CLIENTS = 8;

let folder: string;
let openai: Account;
/** The last two: one that is replaced is taken a little longer, as at OpenAI. */
let secrets: string[] = [];
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), "broker-soak-"));
  openai = await account({
    mints: (answer, { headers }) => {
      // Each of them would be kept.
      openai.asked.length = 0;
      if (secrets.some((secret) => headers.authorization === `Bearer ${secret}`)) return minted(answer);
      answer.writeHead(401, { "content-type": "application/json" });
      answer.end('{"error":{"message":"no","code":"invalid_api_key"}}');
    },
  });
});
afterAll(async () => {
  await rm(folder, { recursive: true });
  await openai[Symbol.asyncDispose]();
});

const yamlOf = (change: number) => `
callers: { tokens: [{ name: alice, token: alice-0123456789abcdef }] }
limits: { address: none, mints: { caller: ${100_000 + change} per minute } }
settings: { reload: signal, openai_timeout_ms: ${5000 + (change % 100)}, page: ${change % 3 === 0}, log_level: info }
upstream_keys:
  - { name: only, secret: sk-${change >> 1}, base_url: "${openai.baseUrl}", weight: ${1 + (change % 5)} }
${change % 4 === 0 ? `  - { name: spare-${change % 16}, secret: sk-${change >> 1}, base_url: "${openai.baseUrl}" }` : ""}
budgets: ${change % 2 === 0 ? "[]" : "[{ name: all, for: everyone, requests: 100000000, per: day }]"}
roles: { r${change % 50}: { limits: { mints: ${1 + change} per hour } } }
`;
const file = () => join(folder, "broker.yaml");
const start = async (): Promise<{ service: ServiceProcess; url: string }> => {
  const service = startProcess({
    ...{ BROKER_CONFIG: file(), DATABASE_URL: `sqlite:${join(folder, "broker.db")}` },
    ...{ USAGE_JOURNAL: join(folder, "journal"), DRAIN_IDLE_SECONDS: "0", LOAD_SHEDDING: "false" },
    // With room, V8 lets garbage lie, and resident memory says little of what is kept: 40 MB are.
    NODE_OPTIONS: "--max-old-space-size=64",
  });
  return { service, url: await service.listening() };
};
const told = ({ output }: ServiceProcess) => output.split("configuration-reloaded").length;

it(`${CHANGES} changes lose nothing`, { timeout: 30 * 60_000 }, async () => {
  secrets = ["sk-0"];
  await writeFile(file(), yamlOf(0));
  const replicas = [await start(), await start()];
  const statuses = new Map<string, number>();
  let isOver = false;
  // As a proxy does, another replica is asked where a connection is refused or ends.
  const mint = async (first: number) => {
    for (const { url } of [replicas[first % 2], replicas[(first + 1) % 2]] as typeof replicas) {
      const headers = { authorization: "Bearer alice-0123456789abcdef" };
      const answer = await fetch(`${url}/ephemeral-key`, { headers }).catch(() => undefined);
      if (answer === undefined) continue;
      await answer.arrayBuffer();
      return String(answer.status);
    }
    return "none";
  };
  const clients = Array.from({ length: CLIENTS }, async (_, index) => {
    while (!isOver) {
      const status = await mint(index);
      statuses.set(status, (statuses.get(status) ?? 0) + 1);
    }
  });
  let warmMb = 0;
  for (let change = 1; change <= CHANGES; change += 1) {
    secrets = [...new Set([...secrets, `sk-${change >> 1}`])].slice(-2);
    await writeFile(file(), yamlOf(change));
    const before = replicas.map(({ service }) => told(service));
    for (const { service } of replicas) service.signal("SIGHUP");
    await until("both have read it", () =>
      replicas.every(({ service }, at) => told(service) > (before[at] ?? 0)),
    );
    if (change === WARM) warmMb = replicas[0]?.service.residentMb().now ?? 0;
    if (change % RESTART_EVERY === 0) {
      const old = replicas[1];
      old?.service.signal("SIGTERM");
      expect(await old?.service.exited).toBe(0);
      replicas[1] = await start();
    }
  }
  const endMb = replicas[0]?.service.residentMb().now ?? 0;
  const descriptors = replicas[0]?.service.descriptors() ?? 0;
  isOver = true;
  await Promise.all(clients);
  for (const { service } of replicas) service.signal("SIGTERM");
  expect(await Promise.all(replicas.map(({ service }) => service.exited))).toEqual([0, 0]);
  expect([...statuses.keys()]).toEqual(["200"]);
  expect(endMb).toBeLessThan(warmMb * 1.1 + 20);
  expect(descriptors).toBeLessThan(100);
});
