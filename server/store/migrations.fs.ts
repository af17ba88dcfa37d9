// The numbered SQL files in migrations/.
import { readdirSync, readFileSync } from "node:fs";
import type { Migration } from "./migrate.ts";

const folder = new URL("migrations/", import.meta.url);

/** Reads them in their order. A statement ends with a semicolon at the end of a line. */
export const loadMigrations = (): Migration[] =>
  readdirSync(folder)
    .filter((file) => /^\d{4}-[\w-]+\.sql$/.test(file))
    .sort()
    .map((file) => ({
      version: Number(file.slice(0, 4)),
      statements: readFileSync(new URL(file, folder), "utf8")
        .split(/;\s*$/m)
        .filter((statement) => statement.trim() !== ""),
    }));
