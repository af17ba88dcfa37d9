// Single records' tables: old records go, others stay, whatever month they are of.
import { describe, expect, it } from "vitest";
import { recordTables } from "../../server/ledger/retention.sql.ts";
import { sqlLedgerStore } from "../../server/ledger/store.sql.ts";
import type { Database } from "../../server/store/database.ts";
import { databases } from "../support/databases.ts";
import { usageRecord } from "../support/usage-records.ts";

const day = 86_400_000;
const now = Date.UTC(2026, 2, 10, 12);
const cutoff = now - 30 * day;

const write = (database: Database, kind: "sqlite" | "postgres", segment: string, days: number[]) =>
  sqlLedgerStore(database, kind).write({
    ...{ segment, from: 0, to: 1 },
    entries: days.map((ago) => ({ record: usageRecord(`${segment}-${ago}`, { at: now - ago * day }) })),
  });
const idsIn = async (database: Database) =>
  (await database.all("select request_id from usage_records order by at desc")).map((row) => row.request_id);

describe.each(databases)("%s", (name, open) => {
  const kind = name === "SQLite" ? "sqlite" : "postgres";

  it("deletes what is older, the oldest first, and leaves the sums", async () => {
    await using opened = await open();
    const { database } = opened;
    const tables = recordTables(database, kind);
    await tables.makeMonths(now);
    await write(database, kind, "a", [0, 1, 29, 31, 50, 100]);
    expect(await tables.deleteBefore(cutoff, 2)).toBe(2);
    expect(await idsIn(database)).toEqual(["a-0", "a-1", "a-29", "a-31"]);
    expect(await tables.deleteBefore(cutoff, 2)).toBe(1);
    expect(await tables.deleteBefore(cutoff, 2)).toBe(0);
    expect(
      await database.all("select sum(answered) as answered from usage_days where slice = 'all'"),
    ).toEqual([{ answered: 6 }]);
  });

  it("makes months ahead of time, drops old ones whole, and may do it twice at once", async () => {
    await using opened = await open();
    const { database } = opened;
    const tables = recordTables(database, kind);
    const both = (at: number) => Promise.all([tables.makeMonths(at), tables.makeMonths(at)]);
    await both(now - 70 * day);
    await both(now);
    await write(database, kind, "a", [0, 69]);
    await tables.dropMonthsBefore(cutoff);
    await tables.dropMonthsBefore(cutoff);
    const left = await idsIn(database);
    expect(left).toEqual(kind === "postgres" ? ["a-0"] : ["a-0", "a-69"]);
  });

  it("loses no record of a month that was not made in time", async () => {
    await using opened = await open();
    const { database } = opened;
    await write(database, kind, "a", [0]);
    const tables = recordTables(database, kind);
    await tables.makeMonths(now);
    await write(database, kind, "b", [0, -30]);
    expect((await idsIn(database)).toSorted()).toEqual(["a-0", "b--30", "b-0"]);
  });
});

it("has a table for this month and the next in Postgres", async () => {
  const [, openPostgres] = databases[1];
  await using opened = await openPostgres();
  await recordTables(opened.database, "postgres").makeMonths(Date.UTC(2026, 11, 31));
  const rows = await opened.database.all(
    "select relname as name from pg_class where relname like 'usage_records_2%' and relkind = 'r' order by 1",
  );
  expect(rows.map(({ name }) => name)).toEqual(["usage_records_2026_12", "usage_records_2027_01"]);
});
