// broker doctor: databases, and files of the service, with one thing wrong each, and with nothing wrong.
import { chmodSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { DatabaseSync } from "node:sqlite";
import pg from "pg";
import { afterAll, describe, expect, it } from "vitest";
import { Secret } from "../../server/secret.ts";
import { openPostgres } from "../../server/store/database.postgres.ts";
import { openSqlite } from "../../server/store/database.sqlite.ts";
import { loadMigrations } from "../../server/store/migrations.fs.ts";
import { examineService } from "../support/doctor-service.ts";
import { createDatabase } from "../support/postgres.ts";

describe("SQLite", () => {
  const folder = mkdtempSync(join(tmpdir(), "broker-doctor-"));
  afterAll(() => rmSync(folder, { recursive: true }));
  let count = 0;
  const make = async (): Promise<string> => {
    const path = join(folder, `${count++}.db`);
    await (await openSqlite(path, loadMigrations("sqlite"))).close();
    return path;
  };
  const ask = (path: string) => examineService({ DATABASE_URL: `sqlite:${path}` }, { only: ["database"] });

  it("finds nothing wrong with a healthy one, nor with one that is not there yet", async () => {
    expect((await ask(await make())).faults).toEqual([]);
    const { findings } = await ask(join(folder, "later/broker.db"));
    expect(findings.map(({ level, title }) => [level, title])).toEqual([
      ["note", "is not there yet; the first start makes it"],
    ]);
  });

  it("names a newer program's tables", async () => {
    const path = await make();
    const file = new DatabaseSync(path);
    file.exec("update meta set value = '999' where name = 'schema_version'");
    file.close();
    expect((await ask(path)).faults).toEqual(["fault database.newer"]);
  });

  it("names a lock that another process holds", async () => {
    const path = await make();
    const file = new DatabaseSync(path);
    file.exec("begin exclusive");
    expect((await ask(path)).faults).toEqual(["fault database.locked"]);
    file.close();
  });

  it("names a file that is no database, and a folder in its place", async () => {
    const path = join(folder, "text.db");
    writeFileSync(path, "this is no database, but a text that is long enough to be read as one".repeat(99));
    expect((await ask(path)).faults).toEqual(["fault database.damaged"]);
    expect((await ask(folder)).faults).toEqual(["fault database.unreadable"]);
  });

  it("names a place where nothing can be written", async () => {
    expect((await ask("/proc/broker/broker.db")).faults).toEqual(["fault database.folder"]);
    expect((await ask(":memory:")).faults).toEqual(["warning database.memory"]);
    const journal = { USAGE_JOURNAL: "/proc/journal" };
    const { faults } = await examineService(journal, { only: ["journal"] });
    expect(faults).toEqual(["fault journal.folder"]);
  });

  it("names files that everyone may read or change", async () => {
    const path = await make();
    const askFiles = () => examineService({ DATABASE_URL: `sqlite:${path}` }, { only: ["files"] });
    expect((await askFiles()).faults).toEqual([]);
    chmodSync(path, 0o644);
    expect((await askFiles()).faults).toEqual(["warning files.readable"]);
    chmodSync(path, 0o666);
    expect((await askFiles()).faults).toEqual(["fault files.writable"]);
  });
});

describe("Postgres", () => {
  const ask = (url: string) => examineService({ DATABASE_URL: url }, { only: ["database"] });
  const tell = async (url: string, ...statements: string[]): Promise<void> => {
    const client = new pg.Client({ connectionString: url });
    await client.connect();
    for (const statement of statements) await client.query(statement);
    await client.end();
  };
  const migrated = async (url: string) =>
    (await openPostgres(new Secret(url), loadMigrations("postgres"), () => {})).close();

  it("finds nothing wrong with an empty one, nor with one that is in use", async () => {
    await using database = await createDatabase();
    const { faults, findings } = await ask(database.url);
    expect(faults).toEqual([]);
    expect(findings.map(({ check }) => check)).toEqual(["database", "database.empty"]);
    await migrated(database.url);
    expect((await ask(database.url)).findings.map(({ check }) => check)).toEqual(["database"]);
  });

  it("names an older and a newer program's tables", async () => {
    await using database = await createDatabase();
    await migrated(database.url);
    const set = (version: number) =>
      tell(database.url, `update meta set value = '${version}' where name = 'schema_version'`);
    await set(999);
    expect((await ask(database.url)).faults).toEqual(["fault database.newer"]);
    await set(2);
    expect((await ask(database.url)).findings.map(({ check }) => check)).toContain("database.pending");
  });

  it("names a user who may not write", async () => {
    await using database = await createDatabase();
    await migrated(database.url);
    const name = new URL(database.url).pathname.slice(1);
    await tell(
      database.url,
      `create role reader_${name} login`,
      `grant select on all tables in schema public to reader_${name}`,
    );
    const url = database.url.replace("tests@", `reader_${name}@`);
    expect((await ask(url)).faults).toEqual(["fault database.permission"]);
    await tell(database.url, `drop owned by reader_${name}`, `drop role reader_${name}`);
  });

  it("names a database that takes no writes", async () => {
    await using database = await createDatabase();
    const name = new URL(database.url).pathname.slice(1);
    await tell(database.url, `alter database ${name} set default_transaction_read_only = on`);
    expect((await ask(database.url)).faults).toEqual(["fault database.read-only"]);
  });

  it("names a database that is not there, one of another encoding, and a server that is not there", async () => {
    await using database = await createDatabase();
    expect((await ask(`${database.url}x`)).faults).toEqual(["fault database.missing"]);
    const old = `${new URL(database.url).pathname.slice(1)}_latin`;
    await tell(database.url, `create database ${old} encoding 'LATIN1' locale 'C' template template0`);
    expect((await ask(`${database.url}_latin`)).faults).toEqual(["fault database.encoding"]);
    await tell(database.url, `drop database ${old}`);
    expect((await ask("postgres://tests@127.0.0.1:9/none")).faults).toEqual(["fault database.unreachable"]);
  });

  it("names a server without TLS where the address asks for it", async () => {
    await using database = await createDatabase();
    expect((await ask(`${database.url}?sslmode=require`)).faults).toEqual(["fault database.tls"]);
  });
});

it("tells no password and no key, whatever is wrong", async () => {
  const secrets = [
    "pass-of-postgres",
    "pass-of-redis",
    "hash-key-of-the-service-0123456789",
    "sk-key-of-openai",
  ];
  const [postgres, redis, hashKey = "", key = ""] = secrets;
  const { faults, findings } = await examineService({
    DATABASE_URL: `postgres://tests:${postgres}@127.0.0.1:9/none`,
    REDIS_URL: `redis://user:${redis}@127.0.0.1:9/99`,
    ...{ TOKEN_HASH_KEY: hashKey, OPENAI_API_KEY: key, USAGE_JOURNAL: "/proc/journal" },
  });
  expect(faults).toEqual(
    expect.arrayContaining(["fault database.unreachable", "fault redis.unreachable", "fault journal.folder"]),
  );
  for (const secret of secrets) expect(JSON.stringify(findings)).not.toContain(secret);
});
