// Stands in for test/support/databases.ts in mutation tests: SQLite alone.
import { openSqlite } from "../../server/store/database.sqlite.ts";
import { loadMigrations } from "../../server/store/migrations.fs.ts";

const sqlite = async () => {
  const database = await openSqlite(":memory:", loadMigrations("sqlite"));
  return { database, [Symbol.asyncDispose]: () => database.close() };
};

export const databases = [["SQLite", sqlite]] as const;
