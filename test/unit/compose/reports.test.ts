// The thread of reports: it begins with the first one, and a query of SQLite that takes too long ends it.
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { expect, it } from "vitest";
import { reportsThread } from "../../../server/compose/reports.node.ts";
import { openSqlite } from "../../../server/store/database.sqlite.ts";
import { QUERY_MS, type Reader } from "../../../server/store/reader.ts";
import { createTestTime, type TestTime } from "../../support/time.ts";

const one = "select 1 as one";
const slow =
  "with recursive n(i) as (select 1 union all select i + 1 from n where i < 3000000) select count(*) as count from n";

const sqliteReports = (path: string, { timers }: TestTime) =>
  reportsThread({ kind: "sqlite", path }, { timers, onLost: () => {} });

const withReader = async (check: (reader: Reader, time: TestTime) => Promise<void>): Promise<void> => {
  const folder = mkdtempSync(join(tmpdir(), "reader-"));
  const path = join(folder, "broker.db");
  const database = await openSqlite(path, []);
  const time = createTestTime();
  const reader = sqliteReports(path, time);
  try {
    await check(reader, time);
  } finally {
    await reader.close();
    await database.close();
    rmSync(folder, { recursive: true });
  }
};

it("gives up a query that takes too long, and answers those that wait behind it", () =>
  withReader(async (reader, time) => {
    const long = expect(reader.all(slow)).rejects.toThrow("took longer than 10 s");
    const next = reader.all(one);
    await time.pass(QUERY_MS);
    await long;
    expect(await next).toEqual([{ one: 1 }]);
  }));

it("ends when nothing was asked for a minute, and begins again with the next question", () =>
  withReader(async (reader, time) => {
    expect(time.pending()).toBe(0);
    expect(await reader.all(one)).toEqual([{ one: 1 }]);
    expect(time.pending()).toBe(1);
    await time.pass(60_000);
    expect(time.pending()).toBe(0);
    expect(await reader.all(one)).toEqual([{ one: 1 }]);
  }));

it("refuses what waits when it is closed", () =>
  withReader(async (reader) => {
    const asked = [reader.all(slow), reader.all(one)].map((each) =>
      expect(each).rejects.toThrow("is closed"),
    );
    await reader.close();
    await Promise.all(asked);
  }));

it("says what is wrong where the file cannot be read, each time", async () => {
  const reader = sqliteReports("/nowhere/broker.db", createTestTime());
  for (let attempt = 0; attempt < 2; attempt += 1) {
    await expect(reader.all(one)).rejects.toThrow("unable to open database file");
  }
  await reader.close();
});
