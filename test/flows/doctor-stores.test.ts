// broker doctor: Redis and databases with one thing wrong each, and with nothing wrong.
import { chmodSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { createServer } from "node:http";
import type { AddressInfo } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { DatabaseSync } from "node:sqlite";
import { createClient } from "@redis/client";
import pg from "pg";
import { afterAll, beforeEach, describe, expect, it } from "vitest";
import { Secret } from "../../server/secret.ts";
import { openPostgres } from "../../server/store/database.postgres.ts";
import { openSqlite } from "../../server/store/database.sqlite.ts";
import { loadMigrations } from "../../server/store/migrations.fs.ts";
import { examineService } from "../support/doctor-service.ts";
import { createDatabase } from "../support/postgres.ts";
import { startRedis } from "../support/redis.ts";

describe("Redis", async () => {
  const redis = await startRedis();
  afterAll(() => redis[Symbol.asyncDispose]());
  const tell = async (...words: [string, ...string[]]): Promise<void> => {
    const client = await createClient({ url: redis.url }).connect();
    await client.sendCommand(words);
    client.destroy();
  };
  const withUser = redis.url.replace("//", "//reader:a-password-of-redis@");
  const ask = (url = redis.url) => examineService({ REDIS_URL: url }, { only: ["redis"] });

  beforeEach(async () => {
    await redis.stop();
    await redis.start();
  });

  it("finds nothing wrong with a healthy one", async () => {
    const { faults, findings } = await ask();
    expect(faults).toEqual([]);
    expect(findings[0]?.title).toMatch(/^(?:Redis|Valkey) [\d.]+ answers within [\d.]+ ms$/);
  });

  const planted: Record<string, () => Promise<unknown>> = {
    "fault redis.unreachable": () => redis.stop(),
    "fault redis.auth": () => tell("CONFIG", "SET", "requirepass", "another-password"),
    "fault redis.full": () => tell("CONFIG", "SET", "maxmemory", "1"),
    "fault redis.read-only": () => tell("REPLICAOF", "127.0.0.1", "1"),
    "warning redis.eviction": async () => {
      await tell("CONFIG", "SET", "maxmemory", "100mb");
      await tell("CONFIG", "SET", "maxmemory-policy", "allkeys-lru");
    },
  };
  it.each(Object.entries(planted))("names %s, and nothing else", async (found, plant) => {
    await plant();
    expect((await ask()).faults).toEqual([found]);
  });

  it("names what an access list forbids, and never the password", async () => {
    await tell(
      "ACL",
      "SETUSER",
      "reader",
      "on",
      ">a-password-of-redis",
      "~broker:*",
      "+@read",
      "+ping",
      "+info",
    );
    const { faults, findings } = await ask(withUser);
    expect(faults).toEqual(["fault redis.permission"]);
    expect(JSON.stringify(findings)).not.toContain("a-password");
  });

  it("names a wrong password", async () => {
    expect((await ask(withUser)).faults).toEqual(["fault redis.auth"]);
  });

  it("names a number that no database has", async () => {
    expect((await ask(`${redis.url}/99`)).faults).toEqual(["fault redis.database"]);
  });

  it("names TLS where the server speaks none, and what is no Redis", async () => {
    expect((await ask(redis.url.replace("redis:", "rediss:"))).faults).toEqual(["fault redis.tls"]);
    const server = createServer((_, response) => response.end("hello"));
    await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
    const { port } = server.address() as AddressInfo;
    expect((await ask(`redis://127.0.0.1:${port}`)).faults).toEqual(["fault redis.not-redis"]);
    server.close();
  });
});

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
