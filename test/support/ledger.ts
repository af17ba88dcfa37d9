// A database with the ledger in it, for a service and for the test that looks into it.
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { Secret } from "../../server/secret.ts";
import { openPostgres } from "../../server/store/database.postgres.ts";
import { openSqlite } from "../../server/store/database.sqlite.ts";
import type { Database } from "../../server/store/database.ts";
import { loadMigrations } from "../../server/store/migrations.fs.ts";
import { createDatabase } from "./postgres.ts";
import { until } from "./wait.ts";

export interface TestLedger extends AsyncDisposable {
  /** Settings of a service that keeps its books here. */
  env: { DATABASE_URL: string; USAGE_JOURNAL: string };
  journal: string;
  database: Database;
  /** Ids of all records, each as often as it stands there. */
  ids(): Promise<string[]>;
  /** What the sums by hour and by day say: both must agree. */
  counted(): Promise<number>;
  /** Waits until so many records are in the database. */
  has(records: number, seconds?: number): Promise<void>;
}

const ledgerOf = (
  database: Database,
  url: string,
  folder: string,
  close: () => Promise<unknown>,
): TestLedger => {
  const journal = join(folder, "journal");
  const count = async (sql: string) => Number((await database.all(sql))[0]?.count ?? 0);
  const counted = async (): Promise<number> => {
    const all = "sum(answered + refused + failed) as count";
    const hours = await count(`select ${all} from usage_hours where slice = 'all'`);
    const days = await count(`select ${all} from usage_days where slice = 'none'`);
    if (hours !== days) throw new Error(`${hours} requests by hour and ${days} by day`);
    return hours;
  };
  return {
    env: { DATABASE_URL: url, USAGE_JOURNAL: journal },
    ...{ journal, database, counted },
    ids: async () =>
      (await database.all("select request_id from usage_records")).map((row) => String(row.request_id)),
    has: (records, seconds) =>
      until(
        `${records} records are in the database`,
        async () => (await count("select count(*) as count from usage_records")) >= records,
        seconds,
      ),
    [Symbol.asyncDispose]: async () => {
      await database.close();
      await close();
      rmSync(folder, { recursive: true });
    },
  };
};

const newFolder = () => mkdtempSync(join(tmpdir(), "ledger-"));

const sqliteLedger = async (): Promise<TestLedger> => {
  const folder = newFolder();
  const path = join(folder, "broker.db");
  const database = await openSqlite(path, loadMigrations("sqlite"));
  return ledgerOf(database, `sqlite:${path}`, folder, async () => {});
};

/** In the tests' Postgres, or in one of the test's own. */
export const postgresLedger = async (url?: string): Promise<TestLedger> => {
  const created = url === undefined ? await createDatabase() : undefined;
  const address = url ?? created?.url ?? "";
  const database = await openPostgres(new Secret(address), loadMigrations("postgres"), () => {});
  return ledgerOf(database, address, newFolder(), async () => created?.[Symbol.asyncDispose]());
};

/** For `describe.each`. Use what they open with `await using`. */
export const ledgers = [
  ["SQLite", sqliteLedger],
  ["Postgres", () => postgresLedger()],
] as const;
