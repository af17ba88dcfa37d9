// Two replicas of the service replace a key at OpenAI while they are under load.
import { randomBytes } from "node:crypto";
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, expect, it } from "vitest";
import { type Emulator, startEmulator } from "../../emulator/emulator.ts";
import { sqlRotationStore } from "../../server/rotation/rotation-store.sql.ts";
import { openSqlite } from "../../server/store/database.sqlite.ts";
import { loadMigrations } from "../../server/store/migrations.fs.ts";
import { createTestBroker, type TestBroker } from "../support/broker.ts";
import { diagnose } from "../support/doctor.ts";
import { createTestTime } from "../support/time.ts";
import { until } from "../support/wait.ts";

let emulator: Emulator;
let folder: string;
beforeAll(async () => {
  emulator = await startEmulator();
  folder = mkdtempSync(join(tmpdir(), "broker-rotation-"));
});
afterAll(async () => {
  await emulator.close();
  rmSync(folder, { recursive: true });
});

const CONFIGURED = "sk-configured-by-the-operator-0001";

const yamlOf = () => `
callers: { guests: loopback }
metrics: { allow: [guests] }
limits: { address: none, mints: { everyone: none, caller: none, guest: none, guests: none } }
upstream_keys:
  - name: main
    secret: ${CONFIGURED}
    base_url: ${emulator.baseUrl}
    rotate: { project: proj_default, grace_minutes: 1 }
`;

const envOf = (key: string) => ({
  ...{ OPENAI_API_KEY: "", OPENAI_BASE_URL: emulator.baseUrl, OPENAI_ADMIN_KEY: "sk-admin-1" },
  ...{ SECRETS_KEY: key, DATABASE_URL: `sqlite:${join(folder, "broker.db")}` },
});

/** As `broker keys rotate` does, beside the running service. */
const requestRotation = async (now: number): Promise<void> => {
  const database = await openSqlite(join(folder, "broker.db"), loadMigrations("sqlite"));
  const store = sqlRotationStore(database);
  const [row] = await store.all();
  if (row) await store.change(row, { requestedAt: now });
  await database.close();
};

const rotationStateIn = async (broker: TestBroker): Promise<string | undefined> =>
  /rotation_state\{key="main",state="(\w+)"\} 1/.exec(await (await broker.fetch("/metrics")).text())?.[1];

it("loses no request while a key is replaced, and the old one is deleted", async () => {
  const time = createTestTime(Date.now());
  const env = envOf(randomBytes(32).toString("base64url"));
  const options = { openai: emulator.baseUrl, yaml: yamlOf(), env, ...time };
  await using one = await createTestBroker(options);
  await using other = await createTestBroker({ ...options, env: { ...env, OPENAI_ADMIN_KEY: "" } });
  const statuses = new Map<number, number>();
  let isOver = false;
  const callers = [one, other, one, other].map(async (broker) => {
    while (!isOver) {
      const { status } = await fetch(new URL("/ephemeral-key", broker.url), { method: "POST" });
      statuses.set(status, (statuses.get(status) ?? 0) + 1);
    }
  });
  const reach = (state: string) =>
    until(`the rotation is ${state}`, async () => {
      await time.pass(1000);
      return (await rotationStateIn(one)) === state;
    });
  await reach("idle");
  await requestRotation(time.clock.now());
  await reach("grace");
  await time.pass(60_000);
  await reach("idle");
  isOver = true;
  await Promise.all(callers);
  expect([...statuses.keys()]).toEqual([200]);
  expect(statuses.get(200)).toBeGreaterThan(20);
  const refused = await fetch(`${emulator.baseUrl}/models`, {
    headers: { authorization: `Bearer ${CONFIGURED}` },
  });
  expect(refused.status).toBe(401);
  await one.useConfig(`${yamlOf()}roles: {}\n`);
  expect((await one.fetch("/ephemeral-key", { method: "POST" })).status).toBe(200);
  const { wrong } = await diagnose({ env, yaml: yamlOf(), withSession: false });
  expect(wrong, "what doctor finds, with the key in service").toEqual([]);
  const steps = one.logs.filter(({ msg }) => msg === "upstream-key-rotation").map(({ to }) => to);
  expect(steps).toEqual(["creating", "verifying", "spreading", "grace", "deleting", "idle"]);
  expect(JSON.stringify([...one.logs, ...other.logs])).not.toMatch(/sk-(?:svcacct|configured|admin)/);
});

it("does not start with keys to rotate where nothing seals them", async () => {
  const env = { ...envOf(""), DATABASE_URL: "sqlite::memory:" };
  const starting = createTestBroker({ openai: emulator.baseUrl, yaml: yamlOf(), env });
  await expect(starting).rejects.toThrow("upstream_keys.main.rotate: new keys are kept sealed");
});
