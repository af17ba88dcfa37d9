// The thread that moves the ledger's records to the database: reading, adding up and SQLite's disk would hold up requests in the service's own.
import { parentPort, workerData } from "node:worker_threads";
import { systemTimers } from "../clock.ts";
import { fileSegmentReader } from "../ledger/segments.fs.ts";
import { sqlLedgerStore } from "../ledger/store.sql.ts";
import { createWriter } from "../ledger/writer.ts";
import { trustAlso } from "../net/trust.tls.ts";
import { Secret } from "../secret.ts";
import { openSqlite } from "../store/database.sqlite.ts";
import type { Database } from "../store/database.ts";
import { loadMigrations } from "../store/migrations.fs.ts";
import type { FromWriter, ToWriter, WriterData } from "./ledger-writer.ts";

const { folder, database: address } = workerData as WriterData;
const post = (message: FromWriter): void => parentPort?.postMessage(message);

const open = async (): Promise<Database> => {
  const migrations = loadMigrations(address.kind);
  if (address.kind === "sqlite") return openSqlite(address.path, migrations);
  // Whom a thread trusts is its own.
  if (address.trusted.length > 0) trustAlso(address.trusted);
  const { openPostgres } = await import("../store/database.postgres.ts");
  // The statement that meets the lost connection rejects, and is tried again.
  return openPostgres(new Secret(address.url), migrations, () => {});
};

const database = await open();
const writer = createWriter({
  segments: fileSegmentReader(folder),
  store: sqlLedgerStore(database, address.kind),
  timers: systemTimers,
  onWritten: (written) => post({ kind: "written", written }),
  onDone: (segment) => post({ kind: "done", segment }),
  onFailure: (error) => post({ kind: "failed", error }),
});

const take = async (message: ToWriter): Promise<void> => {
  switch (message.kind) {
    case "add":
      writer.add(message.segment);
      break;
    case "settle":
      await writer.settled();
      post({ kind: "settled" });
      break;
    case "stop":
      await writer.stop();
      await database.close();
      parentPort?.close();
  }
};

parentPort?.on("message", take);
