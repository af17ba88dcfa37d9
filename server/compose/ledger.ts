// Builds the ledger: the journal, what writes it to the database, and the retention of single records.
import { join } from "node:path";
import type { Clock, Timers } from "../clock.ts";
import { ConfigError } from "../config/problems.ts";
import type { Settings } from "../config/settings.ts";
import { type Contents, createContents } from "../ledger/contents.ts";
import { lockFolder } from "../ledger/folder-lock.sqlite.ts";
import { createJournal } from "../ledger/journal.ts";
import { recordEvents } from "../ledger/recorder.ts";
import { ledgerReports } from "../ledger/reports.ts";
import { recordTables } from "../ledger/retention.sql.ts";
import { keepRetention } from "../ledger/retention.ts";
import { fileSegments, makeFolder } from "../ledger/segments.fs.ts";
import type { Segments } from "../ledger/segments.ts";
import type { Writer, WriterPorts } from "../ledger/writer.ts";
import type { Subscriber } from "../observe/event.ts";
import type { Log } from "../observe/log.ts";
import type { Metrics } from "../observe/metrics.ts";
import type { Random } from "../random.ts";
import type { Database } from "../store/database.ts";
import { keptText } from "../store/kept-secret.ts";
import { threadedWriter } from "./ledger-writer.node.ts";
import type { Store } from "./store.ts";
import { authoritiesIn } from "./trust.ts";

interface LedgerPorts {
  store: Store;
  clock: Clock;
  timers: Timers;
  random: Random;
  log: Log;
  metrics: Metrics;
}

export interface LedgerResources extends AsyncDisposable {
  /** Records what the events tell. */
  onEvent: Subscriber;
  contents: Contents;
}

export type LedgerSettings = Pick<
  Settings,
  | "contents_bytes_per_day"
  | "contents_retention_days"
  | "database_url"
  | "tls_ca_file"
  | "usage"
  | "usage_buffer_bytes"
  | "usage_journal"
  | "usage_journal_bytes"
  | "usage_retention_days"
>;

/** Throws `ConfigError` where the journal's folder cannot be written. Closing writes what waits, as far as the database takes it in time. */
export const openLedger = async (settings: LedgerSettings, ports: LedgerPorts): Promise<LedgerResources> => {
  if (!settings.usage) return noLedger;
  const { store, clock, timers, log, metrics } = ports;
  const { database } = store;
  const { kind } = settings.database_url;
  const opened = await openSegments(settings, ports);
  const { segments } = opened;
  const reports = ledgerReports({ log, clock, metrics: metrics.ledger });
  const tables = recordTables(database, kind);
  const waitingBytes = () => journal.waitingBytes();
  const own = new Set<string>();
  const writer = await openWriter(settings, opened, database, {
    timers,
    onWritten: (written) => {
      if (own.has(written.segment)) journal.taken(written.bytes);
      reports.written(written, waitingBytes());
    },
    onDone: (segment) => own.delete(segment),
    onFailure: (error) => reports.databaseFailed(error, waitingBytes()),
  });
  const journal = createJournal({
    segments,
    timers,
    bufferBytes: settings.usage_buffer_bytes,
    journalBytes: settings.usage_journal_bytes,
    onWritten: (segment) => {
      own.add(segment.name);
      writer.add(segment);
    },
    onDropped: reports.lost,
    onFailure: (error) => reports.journalFailed(error, waitingBytes()),
  });
  await tables.makeMonths(clock.now()).catch(reports.retentionFailed);
  const retention = keepRetention({
    ...{ tables, clock, timers, days: settings.usage_retention_days },
    contentDays: settings.contents_retention_days,
    onFailure: reports.retentionFailed,
  });
  for (const segment of await segments.takeUpLeftovers()) writer.add(segment);
  return {
    onEvent: recordEvents(journal),
    contents: createContents({
      ledger: journal,
      clock,
      bytesPerDay: settings.contents_bytes_per_day,
      onLost: reports.contentLost,
    }),
    [Symbol.asyncDispose]: async () => {
      await retention.stop();
      await journal.close().catch((error: unknown) => reports.journalFailed(error, waitingBytes()));
      await withinTime(writer.settled(), timers);
      await writer.stop();
      await segments.close();
    },
  };
};

const noLedger: LedgerResources = {
  onEvent: () => {},
  contents: { keep: () => {} },
  [Symbol.asyncDispose]: async () => {},
};

const CLOSE_MS = 5000;

const withinTime = (work: Promise<void>, timers: Pick<Timers, "after">): Promise<void> =>
  new Promise((resolve) => {
    const cancel = timers.after(CLOSE_MS, resolve);
    void work.finally(() => {
      cancel();
      resolve();
    });
  });

const openWriter = async (
  { database_url: address, tls_ca_file }: LedgerSettings,
  { segments, folder }: OpenedSegments,
  database: Database,
  ports: Omit<WriterPorts, "segments" | "store">,
): Promise<Writer> => {
  // What is in memory is in this thread's. Else only the other thread has to load what writes.
  if (folder === undefined) {
    const { createWriter } = await import("../ledger/writer.ts");
    const { sqlLedgerStore } = await import("../ledger/store.sql.ts");
    return createWriter({ segments, store: sqlLedgerStore(database, address.kind), ...ports });
  }
  const { kind } = address;
  const open =
    kind === "sqlite"
      ? { kind, path: address.path }
      : { kind, url: address.url.reveal(), trusted: authoritiesIn({ tls_ca_file }) };
  return threadedWriter({ folder, database: open }, ports);
};

interface OpenedSegments {
  segments: Segments;
  /** Undefined where they are in memory. */
  folder: string | undefined;
}

const openSegments = async (
  settings: LedgerSettings,
  { store, random }: LedgerPorts,
): Promise<OpenedSegments> => {
  const { database_url: address, usage_journal: journal } = settings;
  if (address.kind === "sqlite" && address.path === ":memory:") {
    const { memorySegments } = await import("../ledger/segments.memory.ts");
    return { segments: memorySegments(), folder: undefined };
  }
  // Processes with other databases may have the same folder: records must not come to a database that is not theirs.
  const name = await keptText(store.database, "ledger_name", random.uuid);
  const folder = join(journal, name);
  try {
    await makeFolder(folder);
  } catch (error) {
    const reason = error instanceof Error ? error.message : String(error);
    throw new ConfigError([
      `USAGE_JOURNAL: ${journal} cannot be written: ${reason}; name another folder on a local disk, or keep no books with USAGE=false`,
    ]);
  }
  return { segments: fileSegments({ folder, lock: lockFolder, newName: random.uuid }), folder };
};
