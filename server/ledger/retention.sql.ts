// The tables of single records, one in SQLite, in Postgres one for each month; and that of contents.
import type { Database, DatabaseAddress } from "../store/database.ts";
import type { RecordTables } from "./retention.ts";

// Any number will do, as long as it is always the same.
const MONTHS_LOCK = 7_254_202;

export const recordTables = (database: Database, kind: DatabaseAddress["kind"]): RecordTables => ({
  ...(kind === "postgres" ? monthTables(database) : withoutMonths),
  deleteBefore: (at, max) => database.run(deletion, [at, max]),
  deleteContentsBefore: (at, max) => database.run(contentDeletion, [at, max]),
});

const deletion = `delete from usage_records where (request_id, at) in
  (select request_id, at from usage_records where at < $1 order by at limit $2)`;

const contentDeletion = `delete from usage_contents where (request_id, kind) in
  (select request_id, kind from usage_contents where at < $1 order by at limit $2)`;

const withoutMonths = { makeMonths: async () => {}, dropMonthsBefore: async () => {} };

const monthTables = (database: Database): Pick<RecordTables, "makeMonths" | "dropMonthsBefore"> => ({
  makeMonths: async (now) => {
    for (const month of [monthOf(now), monthOf(monthOf(now).end)]) {
      const [row] = await database.all("select to_regclass($1) as found", [month.table]);
      if (row?.found) continue;
      await makeTable(database, month).catch((error: unknown) => {
        // The table for all other months has records of this one. They are as good there.
        if (!isHeldElsewhere(error)) throw error;
      });
    }
  },
  dropMonthsBefore: async (at) => {
    const rows = await database.all(
      "select c.relname as name from pg_inherits i join pg_class c on c.oid = i.inhrelid where i.inhparent = 'usage_records'::regclass",
    );
    const tables = rows.map(({ name }) => String(name)).filter((name) => endOf(name) <= at);
    for (const table of tables) await database.run(`drop table if exists ${table}`);
  },
});

interface Month {
  table: string;
  /** Milliseconds since 1970; `end` is the next one's begin. */
  begin: number;
  end: number;
}

const monthOf = (at: number): Month => {
  const date = new Date(at);
  const [year, month] = [date.getUTCFullYear(), date.getUTCMonth()];
  const table = `usage_records_${year}_${String(month + 1).padStart(2, "0")}`;
  return { table, begin: Date.UTC(year, month), end: Date.UTC(year, month + 1) };
};

/** Infinity for a table that is no month's. */
const endOf = (table: string): number => {
  const [, year, month] = /^usage_records_(\d{4})_(\d\d)$/.exec(table) ?? [];
  return month === undefined ? Number.POSITIVE_INFINITY : Date.UTC(Number(year), Number(month));
};

const makeTable = (database: Database, { table, begin, end }: Month): Promise<unknown> =>
  database.transaction(async ({ all, run }) => {
    // Replicas that do it at once take turns.
    await all("select pg_advisory_xact_lock($1)", [MONTHS_LOCK]);
    await run(
      `create table if not exists ${table} partition of usage_records for values from (${begin}) to (${end})`,
    );
  });

const isHeldElsewhere = (error: unknown): boolean =>
  error instanceof Error && "code" in error && error.code === "23514";
