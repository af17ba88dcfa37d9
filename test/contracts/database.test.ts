// The database keeps the same promises on SQLite and on Postgres.
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, inject, it } from "vitest";
import { Secret } from "../../server/secret.ts";
import { openPostgres } from "../../server/store/database.postgres.ts";
import { openSqlite } from "../../server/store/database.sqlite.ts";
import type { Database } from "../../server/store/database.ts";
import { keptSecret } from "../../server/store/kept-secret.ts";
import type { Migration } from "../../server/store/migrate.ts";
import { startPgBouncer, type TestPooler } from "../support/pgbouncer.ts";
import { createDatabase } from "../support/postgres.ts";

const things: Migration = {
  version: 1,
  statements: ["create table things (name text primary key, size bigint, note text)"],
};
const colours: Migration = { version: 2, statements: ["alter table things add column colour text"] };

interface Place {
  open(migrations: readonly Migration[]): Promise<Database>;
  [Symbol.asyncDispose](): PromiseLike<void>;
}

const sqliteFile = async (): Promise<Place> => {
  const folder = mkdtempSync(join(tmpdir(), "database-"));
  return {
    open: (migrations) => openSqlite(join(folder, "new", "broker.db"), migrations),
    [Symbol.asyncDispose]: async () => rmSync(folder, { recursive: true }),
  };
};

const postgres = async (): Promise<Place> => {
  const database = await createDatabase();
  return {
    open: (migrations) => openPostgres(new Secret(database.url), migrations, () => {}),
    [Symbol.asyncDispose]: () => database[Symbol.asyncDispose](),
  };
};

let pooler: TestPooler;
beforeAll(async () => {
  pooler = await startPgBouncer(inject("postgresUrl"));
});
afterAll(() => pooler[Symbol.asyncDispose]());

const pooledPostgres = async (): Promise<Place> => {
  const database = await createDatabase();
  const url = new Secret(`${pooler.through(database.url)}?pgbouncer=true`);
  return {
    open: (migrations) => openPostgres(url, migrations, () => {}),
    [Symbol.asyncDispose]: () => database[Symbol.asyncDispose](),
  };
};

describe.each([
  ["SQLite", sqliteFile],
  ["Postgres", postgres],
  ["Postgres behind PgBouncer", pooledPostgres],
])("%s", (_, prepare) => {
  let place: Place;
  let database: Database;
  beforeAll(async () => {
    place = await prepare();
    database = await place.open([things]);
  });
  afterAll(async () => {
    await database.close();
    await place[Symbol.asyncDispose]();
  });

  const insert = (name: string, size: number | null = null) =>
    database.run("insert into things (name, size, note) values ($1, $2, $1)", [name, size]);

  it("gives back what it was given: texts, whole numbers, and nothing", async () => {
    const name = "naïve 'quotes\" \\ ; -- 🎈 $1";
    expect(await insert(name, 1_763_650_000_123)).toBe(1);
    expect(await insert("nothing")).toBe(1);
    expect(await database.all("select * from things where name = $1", [name])).toEqual([
      { name, size: 1_763_650_000_123, note: name },
    ]);
    expect(await database.all("select size from things where name = $1", ["nothing"])).toEqual([
      { size: null },
    ]);
    expect(await database.all("select count(*) as count from things")).toEqual([{ count: 2 }]);
  });

  it("says how many rows were changed", async () => {
    const again = "insert into things (name) values ($1) on conflict (name) do nothing";
    expect(await database.run(again, ["twice"])).toBe(1);
    expect(await database.run(again, ["twice"])).toBe(0);
    expect(await database.run("delete from things where name = $1", ["nobody"])).toBe(0);
  });

  it("rejects what is wrong, and goes on", async () => {
    await expect(database.all("select * from no_such_table")).rejects.toThrow(/no_such_table/);
    await expect(insert("twice")).rejects.toThrow(/unique/i);
    expect(await database.all("select 1 as one")).toEqual([{ one: 1 }]);
  });

  it("does all of a transaction or nothing", async () => {
    const done = await database.transaction(async (statements) => {
      await statements.run("insert into things (name) values ('kept')");
      return "done";
    });
    expect(done).toBe("done");
    const failing = database.transaction(async (statements) => {
      await statements.run("insert into things (name) values ('lost')");
      await statements.run("insert into things (name) values ('kept')");
    });
    await expect(failing).rejects.toThrow(/unique/i);
    const stopped = database.transaction(async (statements) => {
      await statements.run("insert into things (name) values ('lost')");
      throw new Error("changed my mind");
    });
    await expect(stopped).rejects.toThrow("changed my mind");
    expect(await database.all("select name from things where name in ('kept', 'lost')")).toEqual([
      { name: "kept" },
    ]);
  });

  it("keeps statements from elsewhere out of a transaction that is undone", async () => {
    const begun = Promise.withResolvers<void>();
    const release = Promise.withResolvers<void>();
    const undone = database.transaction(async (statements) => {
      await statements.run("insert into things (name) values ('inside')");
      begun.resolve();
      await release.promise;
      throw new Error("undone");
    });
    await begun.promise;
    const outside = insert("outside");
    release.resolve();
    await expect(undone).rejects.toThrow("undone");
    await outside;
    expect(await database.all("select name from things where name in ('inside', 'outside')")).toEqual([
      { name: "outside" },
    ]);
  });

  it("does many things at once", async () => {
    await database.run("insert into things (name, size) values ('counter', 0)");
    const add = "update things set size = size + 1 where name = 'counter'";
    const one = () => database.run(add);
    const two = () => database.transaction(({ run }) => run(add));
    await Promise.all(Array.from({ length: 50 }, (_each, index) => (index % 2 ? one() : two())));
    expect(await database.all("select size from things where name = 'counter'")).toEqual([{ size: 50 }]);
  });

  it("opens a second time as it was, and learns what a newer program brings", async () => {
    const again = await place.open([things, colours]);
    await again.run("update things set colour = 'red' where name = 'kept'");
    expect(await again.all("select name, colour from things where colour is not null")).toEqual([
      { name: "kept", colour: "red" },
    ]);
    await again.close();
  });

  it("does not open for a program that is older than its tables", async () => {
    await expect(place.open([things])).rejects.toThrow("version 2 and this program knows up to 1");
  });

  it("undoes a migration that fails, and can try again", async () => {
    const statements = ["create table half (name text)", "create table half (name text)"];
    const broken: Migration = { version: 3, statements };
    await expect(place.open([things, colours, broken])).rejects.toThrow(/half/);
    const repaired = { ...broken, statements: statements.slice(1) };
    await (await place.open([things, colours, repaired])).close();
  });

  it("is opened for the first time by many at once", async () => {
    await using fresh = await prepare();
    const opened = await Promise.all(Array.from({ length: 6 }, () => fresh.open([things, colours])));
    const secrets = await Promise.all(
      opened.map((each, index) => keptSecret(each, "salt", () => `made by ${index}`)),
    );
    const [first] = secrets;
    expect(secrets.every((secret) => secret.equals(first?.reveal() ?? ""))).toBe(true);
    await Promise.all(opened.map((each) => each.close()));
  });
});

it("keeps in memory what is not to be kept", async () => {
  const database = await openSqlite(":memory:", [things]);
  await database.run("insert into things (name) values ('a')");
  expect(await database.all("select name from things")).toEqual([{ name: "a" }]);
  await database.close();
});

it("answers what is urgent while slow statements hold all of Postgres' other connections", async () => {
  await using place = await postgres();
  const database = await place.open([]);
  const slow = Array.from({ length: 10 }, () => database.all("select pg_sleep(1)").catch(() => []));
  const from = performance.now();
  expect(await database.urgent.all("select 1 as one")).toEqual([{ one: 1 }]);
  expect(performance.now() - from).toBeLessThan(900);
  await Promise.all([...slow, database.close()]);
});
