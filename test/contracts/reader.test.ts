// Reports are read the same way from SQLite and from Postgres, beside the statements of requests.
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { describe, expect, it as test } from "vitest";
import { systemTimers } from "../../server/clock.ts";
import { reportsThread } from "../../server/compose/reports.node.ts";
import { Secret } from "../../server/secret.ts";
import { openPostgres } from "../../server/store/database.postgres.ts";
import { openSqlite } from "../../server/store/database.sqlite.ts";
import type { Database } from "../../server/store/database.ts";
import { MAX_WAITING, type Reader, ReaderBusy } from "../../server/store/reader.ts";
import { createDatabase } from "../support/postgres.ts";

const migrations = [
  {
    version: 1,
    statements: ["create table things (name text primary key, size bigint, weight double precision)"],
  },
];

const ports = { timers: systemTimers, onLost: () => {} };

interface Place extends AsyncDisposable {
  database: Database;
  reader: Reader;
  /** SQL of the number of numbers up to a count. */
  series(count: number): string;
}

const sqlite = async (): Promise<Place> => {
  const folder = mkdtempSync(join(tmpdir(), "reader-"));
  const path = join(folder, "broker.db");
  const database = await openSqlite(path, migrations);
  const reader = reportsThread({ kind: "sqlite", path }, ports);
  return {
    ...{ database, reader },
    series: (count) =>
      `with recursive n(i) as (select 1 union all select i + 1 from n where i < ${count}) select count(*) as count from n`,
    [Symbol.asyncDispose]: async () => {
      await reader.close();
      await database.close();
      rmSync(folder, { recursive: true });
    },
  };
};

const postgres = async (): Promise<Place> => {
  const server = await createDatabase();
  const url = new Secret(server.url);
  const database = await openPostgres(url, migrations, () => {});
  const reader = reportsThread({ kind: "postgres", url: server.url, trusted: [] }, ports);
  return {
    ...{ database, reader },
    series: (count) => `select count(*) as count from generate_series(1, ${count})`,
    [Symbol.asyncDispose]: async () => {
      await reader.close();
      await database.close();
      await server[Symbol.asyncDispose]();
    },
  };
};

describe.each([
  ["SQLite", sqlite],
  ["Postgres", postgres],
] as const)("%s", (_, open) => {
  const it = (sentence: string, check: (place: Place) => Promise<void>) =>
    test(sentence, async () => {
      await using place = await open();
      await place.database.run("insert into things (name, size, weight) values ($1, $2, $3)", [
        ...["ü 'quoted' 🎈", 1_763_650_000_123, 1.5],
      ]);
      await check(place);
    });

  it("reads what was written, values and all", async ({ reader }) => {
    const rows = await reader.all("select * from things where name = $1", ["ü 'quoted' 🎈"]);
    expect(rows).toEqual([{ name: "ü 'quoted' 🎈", size: 1_763_650_000_123, weight: 1.5 }]);
    expect(await reader.all("select size from things where name = $1", ["none"])).toEqual([]);
  });

  it("sees what is written meanwhile", async ({ reader, database }) => {
    const count = async () => (await reader.all("select count(*) as count from things"))[0]?.count;
    expect(await count()).toBe(1);
    await database.run("insert into things (name) values ('more')");
    expect(await count()).toBe(2);
  });

  it("changes nothing", async ({ reader, database }) => {
    for (const sql of ["delete from things", "drop table things"]) {
      await expect(reader.all(sql)).rejects.toThrow(/read-?only/i);
    }
    expect(await database.all("select count(*) as count from things")).toEqual([{ count: 1 }]);
  });

  it("rejects what is wrong, and goes on", async ({ reader }) => {
    await expect(reader.all("select * from no_such_table")).rejects.toThrow(/no_such_table/);
    expect(await reader.all("select 1 as one")).toEqual([{ one: 1 }]);
  });

  it("lets the event loop and other statements go on while it reads much", async (place) => {
    let isRead = false;
    const long = place.reader.all(place.series(2_000_000)).then((rows) => {
      isRead = true;
      return rows;
    });
    expect(await place.database.all("select count(*) as count from things")).toEqual([{ count: 1 }]);
    expect(isRead).toBe(false);
    expect(await long).toEqual([{ count: 2_000_000 }]);
  });

  it("refuses more than may wait, and answers the others", async ({ reader }) => {
    const asked = Array.from({ length: MAX_WAITING + 10 }, () => reader.all("select 1 as one"));
    const told = await Promise.allSettled(asked);
    const refused = told.filter((each) => each.status === "rejected");
    expect(refused.length).toBeGreaterThan(0);
    expect(refused.every(({ reason }) => reason instanceof ReaderBusy)).toBe(true);
    expect(told.length - refused.length).toBeGreaterThanOrEqual(MAX_WAITING);
    expect(await reader.all("select 1 as one")).toEqual([{ one: 1 }]);
  });
});
