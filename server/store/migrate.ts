// Brings a database's tables to what this program knows, one numbered step after the other.
import type { Statements } from "./database.ts";

export interface Migration {
  /** 1, 2, 3, … */
  version: number;
  statements: readonly string[];
}

/**
 * Applies what is missing. The caller holds a lock, so that replicas that start at once take turns. Throws when the
 * database is newer than this program, which could then misread it.
 */
export const migrate = async (database: Statements, migrations: readonly Migration[]): Promise<void> => {
  await database.run("create table if not exists meta (name text primary key, value text not null)");
  const [row] = await database.all("select value from meta where name = 'schema_version'");
  const version = Number(row?.value ?? 0);
  const newest = migrations.at(-1)?.version ?? 0;
  if (version > newest) {
    throw new Error(
      `its tables have version ${version} and this program knows up to ${newest}; use the newer program`,
    );
  }
  const missing = migrations.filter((migration) => migration.version > version);
  for (const { statements } of missing) {
    for (const statement of statements) await database.run(statement);
  }
  if (missing.length > 0) {
    await database.run(
      "insert into meta (name, value) values ('schema_version', $1) on conflict (name) do update set value = $1",
      [String(newest)],
    );
  }
};
