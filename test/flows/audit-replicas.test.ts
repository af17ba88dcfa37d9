// The audit trail of replicas that are killed, that write at once, and whose database is away.
import pg from "pg";
import { expect, it as test } from "vitest";
import { type AuditFolder, as, inFolder, yaml } from "../support/audit-flow.ts";
import { createTestBroker } from "../support/broker.ts";
import { runBroker } from "../support/cli.ts";
import { createDatabase } from "../support/postgres.ts";
import { startProcess } from "../support/process.ts";
import { account, minted } from "../support/upstream.ts";
import { until } from "../support/wait.ts";

const it = (sentence: string, check: (folder: AuditFolder) => Promise<void>) =>
  test(sentence, () => inFolder(check));

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

test("two replicas on one Postgres write at once, and lose nothing while it refuses", async () => {
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
  await until("the metric tells", async () => /^broker_audit_failing 1$/m.test((await metrics()) ?? ""));
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
