// The thread of reports: SQLite in Node is synchronous, and to add up and write many thousand rows would hold up requests too.
import { parentPort, workerData } from "node:worker_threads";
import { usageText } from "../http/response/usage-text.ts";
import { sqlBooks } from "../ledger/books.sql.ts";
import { readOverview } from "../ledger/overview.ts";
import { trustAlso } from "../net/trust.tls.ts";
import { describeCause } from "../observe/describe-error.ts";
import { Secret } from "../secret.ts";
import { readSqlite } from "../store/reader.sqlite.ts";
import type { Reader } from "../store/reader.ts";
import type { FromReports, Report, ReportsDatabase, ToReports } from "./reports-thread.ts";

const database = workerData as ReportsDatabase;
const post = (message: FromReports, bytes: ArrayBuffer[] = []): void =>
  parentPort?.postMessage(message, bytes);

const open = async (): Promise<Reader> => {
  if (database.kind === "sqlite") return readSqlite(database.path);
  if (database.trusted.length > 0) trustAlso(database.trusted);
  const { readPostgres } = await import("../store/database.postgres.ts");
  return readPostgres(new Secret(database.url), (error) =>
    post({ kind: "connection-lost", cause: describeCause(error) }),
  );
};

const reader = await open();
const books = sqlBooks(reader);

const write = async (report: Report): Promise<string> => {
  switch (report.kind) {
    case "rows":
      return JSON.stringify(await reader.all(report.sql, report.values));
    case "overview":
      return JSON.stringify(await readOverview(books, report.query));
    case "usage":
      return usageText(books, report.asked);
  }
};

parentPort?.on("message", async ({ id, report }: ToReports) => {
  try {
    const text = await write(report);
    if (report.kind !== "usage") return post({ kind: "done", id, text });
    const bytes = new TextEncoder().encode(text);
    post({ kind: "done", id, text: bytes }, [bytes.buffer]);
  } catch (error) {
    const { name, message, code } = error as Error & { code?: unknown };
    post({ kind: "failed", id, name, message, code });
  }
});
