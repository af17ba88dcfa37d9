// Doctor with several keys at OpenAI.
import { randomBytes } from "node:crypto";
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, describe, expect, it } from "vitest";
import { startEmulator } from "../../emulator/emulator.ts";
import { sealingWith } from "../../server/compose/sealing.ts";
import { openStore } from "../../server/compose/store.ts";
import { configuredHash, sealCredential } from "../../server/rotation/credential.ts";
import { sqlRotationStore } from "../../server/rotation/rotation-store.sql.ts";
import { Secret } from "../../server/secret.ts";
import { parseSealingKeys } from "../../server/secrets/sealing-key.ts";
import { diagnose } from "../support/doctor.ts";
import { createWorkload, identityEntry, trust } from "../support/workload.ts";

const emulator = await startEmulator();
afterAll(() => emulator.close());

it("looks at each key by itself, for what it serves", async () => {
  const { examined, wrong } = await diagnose({
    env: {},
    withSession: false,
    yaml: `
callers: { guests: loopback }
profiles:
  default: { session: { type: realtime, model: gpt-realtime-2.1 } }
  notes: { session: { type: transcription, audio: { input: { transcription: { model: gpt-transcribe } } } } }
upstream_keys:
  - { name: voice, secret: sk-1, base_url: "${emulator.baseUrl}", models: [gpt-realtime*] }
  - { name: notes, secret: sk-2, base_url: "${emulator.baseUrl}", models: [gpt-transcribe] }
  - { name: text, secret: sk-3, base_url: "${emulator.baseUrl}", models: [gpt-9-misspelt] }`,
  });
  expect(wrong).toEqual(["models.missing"]);
  const of = (id: string) =>
    examined.flatMap((each) =>
      each.id === id ? each.findings.map(({ title }) => title.replace(/\d+ ms/, "… ms")) : [],
    );
  expect(of("minting")).toEqual(["mints for default, in … ms", "mints for notes, in … ms"]);
  expect(of("models")).toEqual([
    ...["has gpt-realtime-2.1", "has gpt-transcribe", "its account has no gpt-9-misspelt"],
  ]);
  expect(of("dns")).toHaveLength(1);
});

const withIdentity = async (isTrusted: boolean) => {
  await using workload = await createWorkload();
  await trust(emulator.baseUrl, ...(isTrusted ? [workload] : []));
  return await diagnose({
    env: {},
    withSession: false,
    yaml: `
callers: { guests: loopback }
upstream_keys: [${identityEntry("cluster", workload, emulator.baseUrl)}]`,
  });
};

it("shows the service's own identity, where it is what the key has", async () => {
  const { wrong, findings } = await withIdentity(true);
  expect(wrong).toEqual([]);
  expect(findings.find(({ check }) => check === "identity")?.title).toMatch(
    /^gives an access token for 3[56]\d\d s$/,
  );
});

it("names an identity that OpenAI does not trust, and nothing else", async () => {
  const { wrong, findings, examined } = await withIdentity(false);
  expect(wrong).toEqual(["identity.refused"]);
  expect(findings.find(({ check }) => check === "identity.refused")?.cause).toContain(
    "issuer https://cluster.example.com",
  );
  expect(JSON.stringify(examined)).not.toMatch(/eyJ/);
});

describe("a key that rotation has replaced", () => {
  const CONFIGURED = "not-accepted-any-more-0123456789";
  const folder = mkdtempSync(join(tmpdir(), "doctor-keys-"));
  afterAll(() => rmSync(folder, { recursive: true }));
  const newKey = () => randomBytes(32).toString("base64url");
  const SECRETS_KEY = newKey();
  const rotated = async () => {
    const path = join(folder, `${newKey()}.db`);
    const database_url = { kind: "sqlite" as const, path };
    const opened = await openStore({ database_url, token_hash_key: undefined }, { write: () => {} });
    const hash = configuredHash(await opened.keptKey("configured_key_hash"), new Secret(CONFIGURED));
    const store = sqlRotationStore(opened.database);
    await store.add("main", hash, 0);
    const [row] = await store.all();
    if (!row) throw new Error("the key was not added");
    const credential = { secret: new Secret("sk-new-0123456789"), remoteId: "api_key:k", project: "p" };
    const sealing = sealingWith(async () => parseSealingKeys(SECRETS_KEY) ?? []);
    await store.change(row, { current: await sealCredential(sealing, row, credential), generation: 1 });
    await opened.close();
    return path;
  };
  const look = (env: Record<string, string>) =>
    diagnose({
      ...{ env, withSession: false },
      yaml: `
callers: { guests: loopback }
upstream_keys: [{ name: main, secret: ${CONFIGURED}, base_url: "${emulator.baseUrl}", rotate: { project: p } }]`,
    });

  it("is tried as it is now", async () => {
    expect((await look({ SECRETS_KEY, DATABASE_URL: `sqlite:${await rotated()}` })).wrong).toEqual([]);
  });

  it("is not called wrong where the sealing key is missing or another, or the database is damaged", async () => {
    const DATABASE_URL = `sqlite:${await rotated()}`;
    for (const env of [{ DATABASE_URL }, { DATABASE_URL, SECRETS_KEY: newKey() }]) {
      const { wrong, findings } = await look(env);
      expect(wrong).toEqual(["stored-key"]);
      expect(findings.find(({ level }) => level === "fault")).toMatchObject({
        cause: expect.stringContaining("the stored key of main"),
        fix: expect.stringContaining("SECRETS_KEY"),
      });
    }
    const damaged = join(folder, "damaged.db");
    writeFileSync(damaged, "This is no database, though long enough. ".repeat(100));
    const { wrong, findings } = await look({ SECRETS_KEY, DATABASE_URL: `sqlite:${damaged}` });
    expect(wrong).toEqual(["stored-key"]);
    expect(JSON.stringify(findings)).toContain("as the check of the database says");
  });
});
