// Opens what reports are read from: the database, beside the statements of requests.
import type { Timers } from "../clock.ts";
import type { WriteUsage } from "../http/response/usage-text.ts";
import type { Books } from "../ledger/books.ts";
import type { Overview, OverviewQuery } from "../ledger/overview.ts";
import type { Log } from "../observe/log.ts";
import type { Database, DatabaseAddress } from "../store/database.ts";

interface ReportPorts {
  timers: Timers;
  log: Log;
  /** The certificates of authorities that Postgres may have, beside Node's own, as PEM. */
  trusted: readonly string[];
}

export interface Reports {
  books: Books;
  readOverview(query: OverviewQuery): Promise<Overview>;
  writeUsage: WriteUsage;
  close(): Promise<void>;
}

/** Loads what reads them, and connects, when the first report is asked for. `database` is the open one at that address. */
export const openReports = (address: DatabaseAddress, database: Database, ports: ReportPorts): Reports => {
  let opening: Promise<Reports> | undefined;
  const opened = (): Promise<Reports> => {
    opening ??= open(address, database, ports);
    return opening;
  };
  return {
    books: {
      sums: async (query) => (await opened()).books.sums(query),
      latencies: async (query) => (await opened()).books.latencies(query),
      refusals: async (query) => (await opened()).books.refusals(query),
      records: async (query) => (await opened()).books.records(query),
      find: async (requestId) => (await opened()).books.find(requestId),
      ofSession: async (query) => (await opened()).books.ofSession(query),
      contents: async (requestId) => (await opened()).books.contents(requestId),
    },
    readOverview: async (query) => (await opened()).readOverview(query),
    writeUsage: async (asked) => (await opened()).writeUsage(asked),
    close: async () => (await opening)?.close(),
  };
};

const open = async (
  address: DatabaseAddress,
  database: Database,
  { timers, log, trusted }: ReportPorts,
): Promise<Reports> => {
  const { sqlBooks } = await import("../ledger/books.sql.ts");
  if (address.kind === "sqlite" && address.path === ":memory:") return openHere(sqlBooks(database));
  const { reportsThread } = await import("./reports.node.ts");
  const { kind } = address;
  const data =
    kind === "sqlite" ? { kind, path: address.path } : { kind, url: address.url.reveal(), trusted };
  const { all, overview, usage, close } = reportsThread(data, {
    timers,
    onLost: (cause) => log.write("warn", "reports-connection-lost", { cause }),
  });
  return { books: sqlBooks({ all }), readOverview: overview, writeUsage: usage, close };
};

/** A database in memory has one connection, and no size to speak of. */
const openHere = async (books: Books): Promise<Reports> => {
  const { readOverview } = await import("../ledger/overview.ts");
  const { usageText } = await import("../http/response/usage-text.ts");
  return {
    books,
    readOverview: (query) => readOverview(books, query),
    writeUsage: (asked) => usageText(books, asked),
    close: async () => {},
  };
};
