// Opens what reports are read from: the database, beside the statements of requests.
import type { Timers } from "../clock.ts";
import { sqlBooks } from "../ledger/books.sql.ts";
import type { Books } from "../ledger/books.ts";
import { describeCause } from "../observe/describe-error.ts";
import type { Log } from "../observe/log.ts";
import type { Database, DatabaseAddress } from "../store/database.ts";
import type { Reader } from "../store/reader.ts";

export interface Reports {
  books: Books;
  close(): Promise<void>;
}

/** Connects when the first report is asked for. `database` is the open one at that address. */
export const openReports = async (
  address: DatabaseAddress,
  database: Database,
  { timers, log }: { timers: Timers; log: Log },
): Promise<Reports> => {
  const { all, close } = await readerOf(address, database, timers, log);
  return { books: sqlBooks({ all }), close };
};

const readerOf = async (
  address: DatabaseAddress,
  database: Database,
  timers: Timers,
  log: Log,
): Promise<Reader> => {
  if (address.kind === "postgres") {
    const { readPostgres } = await import("../store/database.postgres.ts");
    return readPostgres(address.url, (error) =>
      log.write("warn", "reports-connection-lost", { cause: describeCause(error) }),
    );
  }
  // A database in memory has one connection, and no size to speak of.
  if (address.path === ":memory:") return { all: database.all, close: async () => {} };
  const { readSqlite } = await import("../store/reader.sqlite.ts");
  return readSqlite(address.path, timers);
};
