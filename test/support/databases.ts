// Both kinds of database, empty, with the service's own tables.
import { Secret } from "../../server/secret.ts";
import { openPostgres } from "../../server/store/database.postgres.ts";
import { openSqlite } from "../../server/store/database.sqlite.ts";
import type { Database } from "../../server/store/database.ts";
import { loadMigrations } from "../../server/store/migrations.fs.ts";
import { createDatabase } from "./postgres.ts";

interface OpenDatabase extends AsyncDisposable {
  database: Database;
}

const sqlite = async (): Promise<OpenDatabase> => {
  const database = await openSqlite(":memory:", loadMigrations("sqlite"));
  return { database, [Symbol.asyncDispose]: () => database.close() };
};

const postgres = async (): Promise<OpenDatabase> => {
  const server = await createDatabase();
  const database = await openPostgres(new Secret(server.url), loadMigrations("postgres"), () => {});
  return {
    database,
    [Symbol.asyncDispose]: async () => {
      await database.close();
      await server[Symbol.asyncDispose]();
    },
  };
};

/** For `describe.each`. Use what they open with `await using`. */
export const databases = [
  ["SQLite", sqlite],
  ["Postgres", postgres],
] as const;
