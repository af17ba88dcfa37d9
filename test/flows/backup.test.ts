// The commands of the guide for backing up and restoring, run as they stand there, on a service that works meanwhile.
import { execFile } from "node:child_process";
import { mkdirSync, mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { promisify } from "node:util";
import { beforeAll, expect, it } from "vitest";
import { askBroker, runBroker } from "../support/cli.ts";
import { installed } from "../support/debian.ts";
import { exampleIn } from "../support/documentation.ts";
import { createDatabase } from "../support/postgres.ts";
import { startProcess } from "../support/process.ts";
import { until } from "../support/wait.ts";

const yaml =
  "callers: { tokens: [{ name: bob, token: bob-0123456789abcdef }] }\nlimits: { address: none, tool_calls: { caller: none }, in_flight: { caller: none } }";
const key = { TOKEN_HASH_KEY: "0123456789abcdef0123456789abcdef" };
const openai = { OPENAI_API_KEY: "sk-test", OPENAI_BASE_URL: "http://127.0.0.1:9/v1" };

/** A database, and what the guide's commands know of it. */
interface Place {
  databaseUrl: string;
  variables: Record<string, string>;
}

const runExample = (name: string, variables: Record<string, string>) => {
  const script = exampleIn("docs/deploy.md", "sh", `<!-- example: ${name} -->`);
  const env = { PATH: "/usr/bin:/bin", ...variables };
  return promisify(execFile)("bash", ["-euc", script], { env, timeout: 60_000 });
};

const start = ({ databaseUrl }: Place) =>
  startProcess({ ...openai, ...key, DATABASE_URL: databaseUrl }, yaml);

type Row = Record<string, unknown>;

const usageIn = async ({ databaseUrl }: Place): Promise<Record<string, Row>> => {
  const rows = (await askBroker("usage --by tool", {
    ...key,
    DATABASE_URL: databaseUrl,
  })) as unknown as Row[];
  return Object.fromEntries(rows.map((row) => [String(row.tool), row]));
};

const inSqlite = async (folder: string): Promise<[Place, Place]> => {
  const place = (name: string) => {
    const data = join(folder, name);
    return {
      databaseUrl: `sqlite:${data}/broker.db`,
      variables: { DATA: data, BACKUP: join(folder, "backup") },
    };
  };
  return [place("first"), place("second")];
};

const inPostgres = async (folder: string, databases: AsyncDisposableStack): Promise<[Place, Place]> => {
  const place = async () => {
    const { url } = databases.use(await createDatabase());
    return { databaseUrl: url, variables: { DATABASE_URL: url, BACKUP: join(folder, "backup") } };
  };
  return [await place(), await place()];
};

beforeAll(async () => {
  await installed("/usr/bin/sqlite3", "sqlite3");
  await installed("/usr/bin/pg_dump", "postgresql-client");
});

it.each([
  ["SQLite", inSqlite, "backup-sqlite", "restore-sqlite"],
  ["Postgres", inPostgres, "backup-postgres", "restore-postgres"],
])(
  "a backup of a working service in %s has the books, the users and the trail when it is restored",
  async (name, open, backup, restore) => {
    const folder = mkdtempSync(join(tmpdir(), "broker-backup-"));
    await using databases = new AsyncDisposableStack();
    databases.defer(() => rmSync(folder, { recursive: true }));
    mkdirSync(join(folder, "backup"));
    const [from, to] = await open(folder, databases);

    await using first = start(from);
    const url = await first.listening();
    const { token } = await askBroker("users add alice", { ...key, DATABASE_URL: from.databaseUrl });
    const headers = { authorization: `Bearer ${token}` };
    const call = async (at: string, path: string) => {
      const answer = await fetch(at + path, { headers });
      await answer.text();
      return answer.status;
    };
    for (let count = 0; count < 20; count += 1)
      expect(await call(url, "/current_time?time_zone=UTC")).toBe(200);
    await until("the books have them", async () => (await usageIn(from)).current_time?.tool_calls === 20);

    let working = true;
    const work = async () => {
      while (working) expect(await call(url, "/convert_units?value=1&from=mile&to=metre")).toBe(200);
    };
    const worked = work();
    const { stdout } = await runExample(backup, from.variables);
    expect(stdout.trim()).toBe(name === "SQLite" ? "ok" : "");
    working = false;
    await worked;
    first.signal("SIGTERM");
    expect(await first.exited).toBe(0);

    await runExample(restore, to.variables);
    await using second = start(to);
    expect(await call(await second.listening(), "/tools")).toBe(200);
    const [before, after] = [await usageIn(from), await usageIn(to)];
    expect(after.current_time).toEqual(before.current_time);
    expect(Number(before.convert_units?.tool_calls)).toBeGreaterThanOrEqual(
      Number(after.convert_units?.tool_calls ?? 0),
    );
    const audit = await runBroker("audit verify", { ...key, DATABASE_URL: to.databaseUrl });
    expect(audit).toMatchObject({ code: 0 });
  },
  120_000,
);
