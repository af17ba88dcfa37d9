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
    .filter((file) => {
      const [, only] = /^\d{4}-[\w-]+(?:\.(\w+))?\.sql$/.exec(file) ?? [undefined, ""];
      return only === undefined || only === kind;
    })
    .sort()
    .map((file) => ({
      version: Number(file.slice(0, 4)),
      statements: readFileSync(new URL(file, folder), "utf8")
        .split(/;\s*$/m)
        .filter((statement) => statement.trim() !== ""),
    }));
