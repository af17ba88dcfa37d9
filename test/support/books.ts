// The books of a test: records in a real database, written as the ledger writes them.
import { randomUUID } from "node:crypto";
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import type { RefusalCount } from "../../server/ledger/entry.ts";
import type { UsageRecord } from "../../server/ledger/record.ts";
import { sqlLedgerStore } from "../../server/ledger/store.sql.ts";
import { openSqlite } from "../../server/store/database.sqlite.ts";
import type { Database, DatabaseAddress } from "../../server/store/database.ts";
import { loadMigrations } from "../../server/store/migrations.fs.ts";

export const keepRecords = async (
  database: Database,
  kind: DatabaseAddress["kind"],
  records: readonly UsageRecord[],
  refusals: readonly RefusalCount[] = [],
): Promise<void> => {
  const entries = [...records.map((record) => ({ record })), ...refusals.map((each) => ({ refusals: each }))];
  await sqlLedgerStore(database, kind).write({ segment: randomUUID(), from: 0, to: 1, entries });
};

export interface TestBooks extends AsyncDisposable {
  /** For DATABASE_URL. */
  url: string;
  database: Database;
}

/** Books in a file of their own, with these records. Use with `await using`. */
export const createBooks = async (records: readonly UsageRecord[]): Promise<TestBooks> => {
  const folder = mkdtempSync(join(tmpdir(), "books-"));
  const path = join(folder, "broker.db");
  const database = await openSqlite(path, loadMigrations("sqlite"));
  await keepRecords(database, "sqlite", records);
  return {
    url: `sqlite:${path}`,
    database,
    [Symbol.asyncDispose]: async () => {
      await database.close();
      rmSync(folder, { recursive: true });
    },
  };
};
