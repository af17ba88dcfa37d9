// Users of our own against running services: let in, disabled, rotated and removed from the command line beside them.
import { mkdtempSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import pg from "pg";
import { describe, expect, it } from "vitest";
import { askBroker, runBroker } from "../support/cli.ts";
import { emulateOpenAi } from "../support/openai.ts";
import { createDatabase } from "../support/postgres.ts";
import { type ServiceProcess, startProcess } from "../support/process.ts";
import { until } from "../support/wait.ts";

type Environment = Record<string, string>;
const key = { OPENAI_API_KEY: "sk-operator-0123456789abcdef", LOG_LEVEL: "debug" };
const bearer = (token = "") => ({ headers: { authorization: `Bearer ${token}` } });

/** The status that a token gets. */
const enter = async (url: string, token: string | undefined): Promise<number> =>
  (await fetch(`${url}/tools`, bearer(token))).status;

/** Waits until a token gets that status. How soon is said by the tests of revocation and cache, with a clock of their own. */
const untilStatus = (url: string, token: string | undefined, status: number): Promise<void> =>
  until(`${url} answers ${status}`, async () => (await enter(url, token)) === status);

const sqliteFile = async () => {
  const folder = mkdtempSync(join(tmpdir(), "broker-users-"));
  return {
    url: `sqlite:${folder}/broker.db`,
    [Symbol.asyncDispose]: async () => rmSync(folder, { recursive: true }),
  };
};

describe.each([
  ["SQLite", sqliteFile],
  ["Postgres", createDatabase],
])("on %s", (_, createPlace) => {
  it("follows every command while it runs", async () => {
    await using place = await createPlace();
    const env: Environment = { ...key, DATABASE_URL: place.url };
    const { token } = await askBroker("users add bob", env);
    await using service = startProcess(env);
    const url = await service.listening();
    expect(await enter(url, token)).toBe(200);
    expect((await askBroker("users add eve", env)).token).toMatch(/^rkb_/);

    await askBroker("users disable bob", env);
    await untilStatus(url, token, 401);
    await askBroker("users enable bob", env);
    await untilStatus(url, token, 200);

    const second = (await askBroker("users rotate bob", env)).token;
    expect([await enter(url, second), await enter(url, token)]).toEqual([200, 200]);
    const third = (await askBroker("users rotate bob --overlap 0", env)).token;
    await untilStatus(url, token, 401);
    await untilStatus(url, second, 401);
    expect(await enter(url, third)).toBe(200);

    const fourth = (await askBroker("users rotate bob --overlap 1s", env)).token;
    await untilStatus(url, third, 401);
    expect(await enter(url, fourth)).toBe(200);

    await askBroker("users remove bob", env);
    await untilStatus(url, fourth, 401);
    for (const each of [token, second, third, fourth]) expect(service.output).not.toContain(each?.slice(17));
  });

  it("shows in the list when a user was last here", async () => {
    await using place = await createPlace();
    const env: Environment = { ...key, DATABASE_URL: place.url };
    const { token } = await askBroker("users add bob", env);
    await using service = startProcess(env);
    expect(await enter(await service.listening(), token)).toBe(200);
    await until("bob was just here", async () =>
      /bob +active +just now/.test((await runBroker("users list", env)).stdout),
    );
  });

  it("creates the users of the configuration, gives them what it says, and lets in nobody who was disabled", async () => {
    await using place = await createPlace();
    const { token = "" } = await askBroker("users token", {});
    const env: Environment = { ...key, DATABASE_URL: place.url, CAROL_TOKEN: token };
    const yaml = (role: string) =>
      `users: [{ name: carol, roles: [${role}], token: "\${CAROL_TOKEN}" }, { name: dave }]`;
    const run = async (text: string, check: (url: string, service: ServiceProcess) => Promise<void>) => {
      await using service = startProcess(env, text);
      await check(await service.listening(), service);
      service.signal("SIGTERM");
      await service.exited;
    };
    await run(yaml("first"), async (url, service) => {
      expect(service.output).toMatch(/"created":2,"changed":0,"kept":0,"msg":"users of the configuration"/);
      expect(await enter(url, token)).toBe(200);
      const { token: dave, old_tokens_end_at: end } = await askBroker("users rotate dave", env);
      expect(end, "dave had no token before").toBeNull();
      expect(await enter(url, dave)).toBe(200);
    });
    await askBroker("users disable carol", env);
    await run(yaml("second"), async (url, service) => {
      expect(service.output).toMatch(/"created":0,"changed":1,"kept":1/);
      expect(await enter(url, token)).toBe(401);
      expect(service.output).not.toContain(token.slice(17));
    });
    const { stdout } = await runBroker("users list --json", env);
    expect(JSON.parse(stdout)[0]).toMatchObject({ name: "carol", roles: ["second"], state: "disabled" });
  });
});

it("starts with users alone, gives each what is theirs, and keeps secrets out of log and file", async () => {
  await using place = await sqliteFile();
  await using openai = await emulateOpenAi();
  const env: Environment = { ...key, DATABASE_URL: place.url, OPENAI_BASE_URL: openai.baseUrl };
  const yaml = `
profiles:
  default: { session: { type: realtime, model: gpt-realtime-2.1 }, allow: ["role:support"] }
  special: { session: { type: realtime, model: gpt-realtime-2.1 }, allow: ["user:eve"] }
`;
  await using empty = startProcess(env, yaml);
  expect(await empty.exited).toBe(1);
  expect(empty.output).toMatch(/callers: nobody could call .*`npx broker users add NAME`/);
  const { token: bob } = await askBroker("users add bob --role support", env);
  const { token: eve } = await askBroker("users add eve", env);
  await using service = startProcess(env, yaml);
  const url = await service.listening();
  const mint = async (profile: string, token?: string) =>
    (await fetch(`${url}/ephemeral-key?profile=${profile}`, bearer(token))).status;
  expect([await mint("default", bob), await mint("special", bob)]).toEqual([200, 403]);
  expect([await mint("default", eve), await mint("special", eve)]).toEqual([403, 200]);
  expect(await enter(url, `${bob}x`)).toBe(401);
  expect((await fetch(`${url}/${bob}`, bearer(bob))).status).toBe(404);
  service.signal("SIGTERM");
  expect(await service.exited).toBe(0);
  expect(service.output).toContain('"caller":"user:bob"');
  const path = place.url.slice("sqlite:".length);
  for (const text of [service.output, readFileSync(path, "latin1")]) {
    expect(text).not.toContain(bob?.slice(17));
    expect(text).not.toContain(eve?.slice(17));
  }
});

it("does not start when two users of the configuration have one token", async () => {
  const { token = "" } = await askBroker("users token", {});
  const users = ["carol", "caroline"].map((name) => `{ name: ${name}, token: "${token}" }`);
  await using service = startProcess(key, `users: [${users}]`);
  expect(await service.exited).toBe(1);
  expect(service.output).toContain("users: the token of caroline is carol's already");
  expect(service.output).not.toContain(token.slice(17));
});

it("refuses a disabled user on all of three replicas", async () => {
  await using database = await createDatabase();
  const env: Environment = { ...key, DATABASE_URL: database.url };
  const yaml = "users: [{ name: carol }, { name: dave }]";
  await using one = startProcess(env, yaml);
  await using two = startProcess(env, yaml);
  await using three = startProcess(env, yaml);
  const replicas = [one, two, three];
  const urls = await Promise.all(replicas.map((replica) => replica.listening()));
  const created = replicas.map(({ output }) => Number(/"created":(\d)/.exec(output)?.[1]));
  expect(created.reduce((sum, count) => sum + count, 0)).toBe(2);
  const { token } = await askBroker("users add bob", env);
  const everywhere = (status: number) => Promise.all(urls.map((url) => untilStatus(url, token, status)));
  await everywhere(200);
  await askBroker("users disable bob", env);
  await everywhere(401);
  await askBroker("users enable bob", env);
  await everywhere(200);
});

it("outlives lost connections, and lets nobody in while the database is away", async () => {
  await using database = await createDatabase();
  const env: Environment = { ...key, DATABASE_URL: database.url };
  const { token } = await askBroker("users add bob", env);
  await using service = startProcess(env);
  const url = await service.listening();
  expect(await enter(url, token)).toBe(200);
  const admin = new pg.Client({ connectionString: database.url });
  await admin.connect();
  // One that is busy would only fail the statement that it is busy with.
  const idle = "datname = current_database() and pid <> pg_backend_pid() and state = 'idle'";
  const end = `select pg_terminate_backend(pid) from pg_stat_activity where ${idle}`;
  await until("an idle connection is ended", async () => (await admin.query(end)).rowCount !== 0);
  const lost = /"msg":"(?:database connection lost|last use not written)"/;
  await until("the loss is logged", () => lost.test(service.output));
  await untilStatus(url, token, 200);
  await admin.end();
  await database[Symbol.asyncDispose]();
  await untilStatus(url, token, 503);
  const answer = await fetch(`${url}/tools`, bearer(token));
  expect([answer.status, answer.headers.get("retry-after")]).toEqual([503, "1"]);
  expect(await answer.json()).toMatchObject({ type: "/problems/store-unavailable" });
  expect((await fetch(`${url}/healthz`)).status).toBe(200);
  expect(service.output).not.toContain(token?.slice(17));
});
