// `broker keys`, as an operator meets it.
import { randomBytes } from "node:crypto";
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { type Emulator, startEmulator } from "../../emulator/emulator.ts";
import { sqlRotationStore } from "../../server/rotation/rotation-store.sql.ts";
import { openSqlite } from "../../server/store/database.sqlite.ts";
import { loadMigrations } from "../../server/store/migrations.fs.ts";
import { runBroker } from "../support/cli.ts";

let emulator: Emulator;
let folder: string;
beforeAll(async () => {
  emulator = await startEmulator();
  folder = mkdtempSync(join(tmpdir(), "broker-keys-"));
  writeFileSync(
    join(folder, "broker.yaml"),
    `
callers: { guests: loopback }
upstream_keys:
  - name: main
    secret: \${KEY_MAIN}
    base_url: ${emulator.baseUrl}
    rotate: { project: proj_a, every_days: 30 }
  - name: wrong
    secret: not-a-key-0123456789abcdef
    base_url: ${emulator.baseUrl}
    priority: 2
    models: [gpt-5]
`,
  );
});
afterAll(async () => {
  await emulator.close();
  rmSync(folder, { recursive: true });
});

const keys = (words: string) =>
  runBroker(
    `keys ${words}`,
    { KEY_MAIN: "sk-main-0123456789abcdef", SECRETS_KEY: randomBytes(32).toString("base64url") },
    folder,
  );

describe("broker keys", () => {
  it("lists keys without a secret", async () => {
    const { code, stdout } = await keys("list");
    expect(code).toBe(0);
    expect(stdout).toMatch(/^main +configuration +…cdef +proj_a +0 +all +unknown/m);
    expect(stdout).toMatch(/^wrong +configuration +…cdef +- +2 +gpt-5 +unknown/m);
    const all = JSON.parse((await keys("list --json")).stdout);
    expect(all.keys[0]).toMatchObject({ name: "main", from: "configuration", next_rotation: null });
    expect(stdout + JSON.stringify(all)).not.toContain("0123456789abcdef");
  });

  it("calls OpenAI with each key, and exits with 1 where one does not work", async () => {
    const all = await keys("check");
    expect(all.code).toBe(1);
    expect(all.stdout).toMatch(/^main +…cdef +yes +\d+ +\d+ +yes$/m);
    expect(all.stdout).toMatch(
      /^wrong +…cdef +no +0 +0 +not asked +it cannot list models: OpenAI answered 401/m,
    );
    expect(all.stdout).not.toContain("not-a-key");
    const one = await keys("check main --json");
    expect([one.code, JSON.parse(one.stdout).keys[0].can_mint]).toEqual([0, true]);
  });

  it("says why a key cannot be rotated", async () => {
    expect((await keys("rotate wrong")).stderr).toContain("wrong has no `rotate` under upstream_keys");
    expect((await keys("rotate main")).stderr).toContain(
      "no running service would do it: set OPENAI_ADMIN_KEY",
    );
    expect((await keys("rotate mian")).stderr).toContain(
      "there is no upstream key mian; there are main, wrong",
    );
    expect(await keys("rotate")).toMatchObject({
      code: 2,
      stderr: expect.stringContaining("a NAME is missing"),
    });
  });

  it("follows a rotation that a running service does, and leaves one under way alone", async () => {
    const database = await openSqlite(join(folder, "data/broker.db"), loadMigrations("sqlite"));
    const store = sqlRotationStore(database);
    await store.report({ replica: "a", seenAt: Date.now(), rotates: true, keys: {} });
    const rotating = keys("rotate main");
    const asked = async () => (await store.all()).find(({ requestedAt }) => requestedAt !== undefined);
    let row = await asked();
    while (!row) row = await asked();
    await store.change(row, { state: "grace", generation: 1 });
    const { code, stdout } = await rotating;
    expect([code, stdout]).toEqual([0, expect.stringContaining("the new key is in service")]);
    expect((await keys("rotate main")).stderr).toContain("main is being replaced already: grace");
    expect((await keys("list")).stdout).toMatch(/^main .* grace$/m);
    await database.close();
  });
});
