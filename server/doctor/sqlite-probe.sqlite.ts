// Opens the database's file as the service would, without changing anything in it.
import { statSync } from "node:fs";
import { DatabaseSync } from "node:sqlite";
import type { SqliteFacts } from "./sqlite.ts";

/** Larger ones are not read whole: it would take long, and stop the event loop meanwhile. */
const MAX_EXAMINED_BYTES = 64 * 1024 * 1024;
const BUSY_MS = 2000;

/** Undefined where there is no such file. Throws SQLite's own error, also where nothing can be written. */
export const probeSqlite = (path: string): SqliteFacts | undefined => {
  const bytes = sizeOf(path);
  if (bytes === undefined) return undefined;
  const file = new DatabaseSync(path, { timeout: BUSY_MS });
  try {
    file.exec("begin immediate");
    const hasMeta = file.prepare("select 1 from sqlite_master where type = 'table' and name = 'meta'").get();
    const row = hasMeta && file.prepare("select value from meta where name = 'schema_version'").get();
    file.exec("rollback");
    return {
      version: Number(row?.value ?? 0),
      journalMode: String(file.prepare("pragma journal_mode").get()?.journal_mode),
      damage: bytes > MAX_EXAMINED_BYTES ? undefined : damageIn(file),
      bytes,
      walBytes: sizeOf(`${path}-wal`) ?? 0,
    };
  } finally {
    file.close();
  }
};

const damageIn = (file: DatabaseSync): string | undefined => {
  const said = String(file.prepare("pragma quick_check(1)").get()?.quick_check);
  return said === "ok" ? undefined : said;
};

const sizeOf = (path: string): number | undefined => statSync(path, { throwIfNoEntry: false })?.size;
