// The audit trail as its operator meets it: what the service and the commands write, and what `broker audit` says of it.
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { DatabaseSync } from "node:sqlite";
import pg from "pg";
import { expect, it as test } from "vitest";
import { createTestBroker } from "../support/broker.ts";
import { runBroker } from "../support/cli.ts";
import { createDatabase } from "../support/postgres.ts";
import { startProcess } from "../support/process.ts";
import { account, minted } from "../support/upstream.ts";
import { until } from "../support/wait.ts";

const as = (name: string) => ({ headers: { authorization: `Bearer ${name}-0123456789abcdef` } });
const tokens = ["alice", "eve"]
  .map((name) => `{ name: ${name}, token: ${name}-0123456789abcdef }`)
  .join(", ");
const yaml = `
callers: { tokens: [${tokens}] }
users: [{ name: carol, roles: [support] }]
metrics: { allow: [everyone] }
profiles:
  default: { session: { type: realtime, model: gpt-realtime } }
  vip: { session: { type: realtime, model: gpt-realtime }, allow: ["token:alice"] }
`;

interface Place {
  file: string;
  env: Record<string, string>;
  broker(words: string): ReturnType<typeof runBroker>;
}

const it = (sentence: string, check: (place: Place) => Promise<void>) =>
  test(sentence, { timeout: 120_000 }, async () => {
    const folder = mkdtempSync(join(tmpdir(), "broker-audit-"));
    const file = join(folder, "broker.db");
    const env = { DATABASE_URL: `sqlite:${file}`, TOKEN_HASH_KEY: "0123456789abcdef0123456789abcdef" };
    try {
      await check({ file, env, broker: (words) => runBroker(words, env, folder) });
    } finally {
      rmSync(folder, { recursive: true });
    }
  });

/** One start of the service, from the first request to its stop. */
const serve = async (env: Record<string, string>): Promise<void> => {
  await using openai = await account({ mints: (answer) => minted(answer) });
  const service = await createTestBroker({ openai: openai.baseUrl, yaml, env });
  expect((await service.fetch("/ephemeral-key?profile=vip", as("alice"))).status).toBe(200);
  for (let times = 0; times < 5; times += 1) {
    expect((await service.fetch("/ephemeral-key?profile=vip", as("eve"))).status).toBe(403);
  }
  await service.usePolicy(yaml.replace("support", "operators"));
  await service.stop();
};

it("tells in words what was done, by whom, and with what outcome", async ({ env, broker }) => {
  await serve(env);
  await broker("users add bob --role support");
  await broker("users disable bob");
  await broker("users disable nobody");
  const { stdout } = await broker("audit tail -n 50");
  const lines = stdout.trimEnd().split("\n");
  const said = lines.map((line) => line.replace(/^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\dZ {2}/, "").split("  ")[0]);
  const user = expect.stringMatching(/^cli:\S+ added user:bob$/);
  expect(said.filter((each) => each !== "an anchor was set")).toEqual([
    ...["the service started", "configuration added user:carol", "the configuration was loaded"],
    "token:alice got a key for profile:vip",
    "token:eve was refused: profile-forbidden (profile:vip)",
    "the configuration was loaded",
    "token:eve was refused: profile-forbidden (profile:vip)",
    "the service stopped",
    user,
    expect.stringMatching(/^cli:\S+ disabled user:bob$/),
  ]);
  expect(stdout).toMatch(/profile-forbidden.* times=4/);
  expect(stdout).toMatch(/configuration was loaded {2}.*changed=users/);
  expect(stdout).not.toMatch(/0123456789abcdef/);
});

it("says that the trail is whole, and where it is not after a row was changed by SQL", async ({
  env,
  file,
  broker,
}) => {
  await serve(env);
  const whole = await broker("audit verify");
  expect(whole).toMatchObject({ code: 0, stderr: "" });
  expect(whole.stdout).toMatch(/^The audit trail is whole: \d+ entries of 1 chain in sqlite:/);
  const database = new DatabaseSync(file);
  database.exec(
    "update audit_entries set body = replace(body, 'token:eve', 'token:bob') where action = 'request-refused'",
  );
  database.exec("delete from audit_entries where action = 'key-minted'");
  database.close();
  const broken = await broker("audit verify");
  expect(broken.code).toBe(1);
  expect(broken.stderr.trimEnd().split("\n")).toEqual([
    expect.stringMatching(/^- chain [\w-]{36}, entry 4 is missing between two others$/),
    expect.stringMatching(
      /^- chain \S+, entry 5 \(request-refused, 20.*Z\) was changed: its text does not fit its hash$/,
    ),
    expect.stringMatching(/^- chain \S+, entry 7 \(request-refused, /),
    expect.stringMatching(/^The audit trail is NOT whole: 3 findings in /),
  ]);
  const json = (await broker("audit verify --json")).stdout
    .trimEnd()
    .split("\n")
    .map((line) => JSON.parse(line));
  expect(json.at(0)).toMatchObject({ finding: { number: 4, action: null } });
  expect(json.at(-1)).toMatchObject({ ok: false, findings: 3 });
});

it("exports every entry once, as JSON lines whose hashes can be checked, and as CSV", async ({
  env,
  broker,
}) => {
  await serve(env);
  const lines = (await broker("audit export")).stdout.trimEnd().split("\n");
  const entries = lines.map((line) => JSON.parse(line));
  expect(new Set(entries.map(({ chain, number }) => `${chain} ${number}`)).size).toBe(lines.length);
  for (const { entry, hash } of entries) expect(await sha256(JSON.stringify(entry))).toBe(hash);
  const csv = (await broker("audit export --csv")).stdout.trimEnd().split("\n");
  expect(csv).toHaveLength(lines.length + 1);
  expect(csv[0]).toBe("at,action,actor,target,details,chain,number,hash");
  expect((await broker("audit export --since 2020-01-01 --until 2020-01-02")).stdout).toBe("");
});

const sha256 = async (text: string): Promise<string> =>
  Buffer.from(await crypto.subtle.digest("SHA-256", Buffer.from(text))).toString("hex");

it("gives no false alarm after a replica was killed", async ({ env, broker }) => {
  await using openai = await account({ mints: (answer) => minted(answer) });
  const more = { ...env, OPENAI_API_KEY: "sk-test-0123456789", OPENAI_BASE_URL: openai.baseUrl };
  for (let start = 0; start < 2; start += 1) {
    await using service = startProcess(more, yaml);
    const url = await service.listening();
    expect((await fetch(`${url}/ephemeral-key`, as("alice"))).status).toBe(200);
    const minted = async () => (await broker("audit tail")).stdout.split("got a key").length;
    await until("the key is in the trail", async () => (await minted()) === start + 2);
  }
  const { code, stdout } = await broker("audit verify");
  expect(stdout).toMatch(/2 starts of the service without a stop: it was killed, or still runs\./);
  expect(code).toBe(0);
});

test("two replicas on one Postgres write at once, and lose nothing while it refuses", {
  timeout: 120_000,
}, async () => {
  await using place = await createDatabase();
  await using openai = await account({ mints: (answer) => minted(answer) });
  const env = { DATABASE_URL: place.url };
  const replicas = await Promise.all(
    [1, 2].map(() => createTestBroker({ openai: openai.baseUrl, yaml, env })),
  );
  const mint = (times: number) =>
    Promise.all(
      replicas.flatMap(({ fetch }) =>
        Array.from({ length: times }, async () =>
          expect((await fetch("/ephemeral-key", as("alice"))).status).toBe(200),
        ),
      ),
    );
  const client = new pg.Client({ connectionString: place.url });
  await client.connect();
  await mint(5);
  await client.query("alter table audit_entries rename to away");
  await mint(5);
  const [first] = replicas;
  const metrics = async () => (await first?.fetch("/metrics", as("alice")))?.text();
  await until("the metric tells", async () => /^broker_audit_writable 0$/m.test((await metrics()) ?? ""));
  await client.query("alter table away rename to audit_entries");
  await Promise.all(replicas.map(({ stop }) => stop()));
  const { rows } = await client.query(
    "select count(*)::int as keys from audit_entries where action = 'key-minted'",
  );
  await client.end();
  expect(rows).toEqual([{ keys: 20 }]);
  const { code, stdout } = await runBroker("audit verify", env);
  expect(stdout).toMatch(/of 2 chains in Postgres at/);
  expect(code).toBe(0);
});

it("says what it did not understand", async ({ broker }) => {
  const refused: [string, string][] = [
    ["audit", "say what to do with the audit trail: verify, tail or export"],
    ["audit verfy", "there is no command audit verfy. Did you mean verify?"],
    ["audit tail -n 0", "--lines: must be a number from 1 to 9999"],
    ["audit verify --since yesterday", "--since: must be a time ago such as 24h or 7d"],
    ["audit verify --anchor 12", "--anchor: must be NUMBER:HASH"],
    ["audit export --json --csv", "either --json or --csv"],
  ];
  for (const [words, message] of refused) {
    const { code, stderr } = await broker(words);
    expect(stderr).toContain(message);
    expect(code).toBe(2);
  }
});
