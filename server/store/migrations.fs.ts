// The numbered SQL files in migrations/.
import { readdirSync, readFileSync } from "node:fs";
import type { DatabaseAddress } from "./database.ts";
import type { Migration } from "./migrate.ts";

const folder = new URL("migrations/", import.meta.url);

/**
 * Reads those for a kind of database in their order: `0001-users.sql` is for both, `0002-usage.sqlite.sql` for one. A statement ends with a
 * semicolon at the end of a line.
 */
export const loadMigrations = (kind: DatabaseAddress["kind"]): Migration[] =>
  readdirSync(folder)
    .filter((file) => isFor(file, kind))
    .sort()
    .map((file) => ({
      version: Number(file.slice(0, 4)),
      statements: readFileSync(new URL(file, folder), "utf8")
        .split(/;\s*$/m)
        .filter((statement) => statement.trim() !== ""),
    }));

const migrationFile = /^\d{4}-[\w-]+(?:\.(\w+))?\.sql$/;

const isFor = (file: string, kind: DatabaseAddress["kind"]): boolean => {
  const found = migrationFile.exec(file);
  return found !== null && [undefined, kind].includes(found[1] as typeof kind | undefined);
};
