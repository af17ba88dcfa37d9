// Reads SQLite in the thread that it is called in, and stops that thread meanwhile.
import { DatabaseSync } from "node:sqlite";
import type { Row, Value } from "./database.ts";
import type { Reader } from "./reader.ts";

/** Of the file at that path, which it never changes. Throws SQLite's own error. */
export const readSqlite = (path: string): Reader => {
  const file = new DatabaseSync(path, { readOnly: true, timeout: 2000 });
  // Pages are read where the system has them in memory already.
  file.exec("pragma mmap_size = 1073741824");
  return {
    all: async (sql, values = []) => file.prepare(sql).all(named(values)) as Row[],
    close: async () => file.close(),
  };
};

const named = (values: readonly Value[]): Record<string, Value> =>
  Object.fromEntries(values.map((value, index) => [`$${index + 1}`, value]));
