// Opens what reports are read from: the database, beside the statements of requests.
import type { Timers } from "../clock.ts";
import { usageText, type WriteUsage } from "../http/response/usage-text.ts";
import { sqlBooks } from "../ledger/books.sql.ts";
import type { Books } from "../ledger/books.ts";
import { type Overview, type OverviewQuery, readOverview } from "../ledger/overview.ts";
import type { Log } from "../observe/log.ts";
import type { Database, DatabaseAddress } from "../store/database.ts";

export interface Reports {
  books: Books;
  readOverview(query: OverviewQuery): Promise<Overview>;
  writeUsage: WriteUsage;
  close(): Promise<void>;
}

/** Connects when the first report is asked for. `database` is the open one at that address. */
export const openReports = async (
  address: DatabaseAddress,
  database: Database,
  { timers, log }: { timers: Timers; log: Log },
): Promise<Reports> => {
  // A database in memory has one connection, and no size to speak of.
  if (address.kind === "sqlite" && address.path === ":memory:") return reportsHere(database);
  const { reportsThread } = await import("./reports.node.ts");
  const { kind } = address;
  const opened = kind === "sqlite" ? { kind, path: address.path } : { kind, url: address.url.reveal() };
  const { all, overview, usage, close } = reportsThread(opened, {
    timers,
    onLost: (cause) => log.write("warn", "reports-connection-lost", { cause }),
  });
  return { books: sqlBooks({ all }), readOverview: overview, writeUsage: usage, close };
};

const reportsHere = ({ all }: Database): Reports => {
  const books = sqlBooks({ all });
  return {
    books,
    readOverview: (query) => readOverview(books, query),
    writeUsage: (asked) => usageText(books, asked),
    close: async () => {},
  };
};
