// The identifiers that OpenAI gets of callers: the same on services that belong together, and nobody else's.
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { expect, it } from "vitest";
import { createTestBroker } from "../support/broker.ts";
import { emulateOpenAi } from "../support/openai.ts";
import { createDatabase } from "../support/postgres.ts";

const token = "alice-0123456789abcdef";
const yaml = `callers: { tokens: [{ name: alice, token: ${token} }] }`;

/** What OpenAI is told of alice by a service with these settings. */
const identifierWith = async (env: Record<string, string>): Promise<string | undefined> => {
  await using openai = await emulateOpenAi();
  await using broker = await createTestBroker({ openai: openai.baseUrl, yaml, env });
  const answer = await broker.fetch("/ephemeral-key", { headers: { authorization: `Bearer ${token}` } });
  expect(answer.status).toBe(200);
  expect(JSON.stringify(broker.logs)).not.toContain("salt-of-the-operator");
  const [mint] = await openai.mints();
  return mint?.headers["openai-safety-identifier"];
};

const file = () => {
  const folder = mkdtempSync(join(tmpdir(), "broker-salt-"));
  return {
    url: `sqlite:${folder}/broker.db`,
    [Symbol.dispose]: () => rmSync(folder, { recursive: true }),
  };
};

it("two services over one database tell the same, and with two databases they differ", async () => {
  using one = file();
  using other = file();
  const told = await identifierWith({ DATABASE_URL: one.url });
  expect(told).toMatch(/^[0-9a-f]{64}$/);
  expect(await identifierWith({ DATABASE_URL: one.url })).toBe(told);
  expect(await identifierWith({ DATABASE_URL: other.url })).not.toBe(told);
});

it("replicas that begin at once over one Postgres agree", async () => {
  await using database = await createDatabase();
  const env = { DATABASE_URL: database.url };
  const told = await Promise.all([identifierWith(env), identifierWith(env), identifierWith(env)]);
  expect(new Set(told).size).toBe(1);
});

it("another TOKEN_HASH_KEY changes no identifier", async () => {
  using one = file();
  const told = await identifierWith({ DATABASE_URL: one.url });
  const rotated = { DATABASE_URL: one.url, TOKEN_HASH_KEY: "another-key-0123456789abcdef-0123456789" };
  expect(await identifierWith(rotated)).toBe(told);
});

it("the operator's own salt decides, whatever the database", async () => {
  const env = { SAFETY_IDENTIFIER_SALT: "salt-of-the-operator" };
  const told = await identifierWith(env);
  expect(await identifierWith(env)).toBe(told);
  expect(await identifierWith({})).not.toBe(told);
});
