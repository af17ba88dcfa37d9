// The thread that moves the ledger's records to SQLite, whose statements and file would hold up all requests in the service's own.
import { parentPort, workerData } from "node:worker_threads";
import { systemTimers } from "../clock.ts";
import { fileSegmentReader } from "../ledger/segments.fs.ts";
import { sqlLedgerStore } from "../ledger/store.sql.ts";
import { createWriter } from "../ledger/writer.ts";
import { openSqlite } from "../store/database.sqlite.ts";
import { loadMigrations } from "../store/migrations.fs.ts";
import type { FromWriter, ToWriter, WriterData } from "./ledger-writer.ts";

const { folder, path } = workerData as WriterData;
const post = (message: FromWriter): void => parentPort?.postMessage(message);
const database = await openSqlite(path, loadMigrations("sqlite"));
const writer = createWriter({
  segments: fileSegmentReader(folder),
  store: sqlLedgerStore(database, "sqlite"),
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
