// What operators are told of the ledger: figures, and log lines at most once a minute.
import type { Clock } from "../clock.ts";
import { describeCause } from "../observe/describe-error.ts";
import type { Log } from "../observe/log.ts";
import type { LedgerLoss, LedgerMetrics } from "../observe/metrics.ts";
import { onceAMinute } from "../observe/once-a-minute.ts";
import type { ContentLoss } from "./contents.ts";
import type { Written } from "./writer.ts";

interface ReportPorts {
  log: Log;
  clock: Clock;
  metrics: LedgerMetrics;
}

export interface LedgerReports {
  /** `waitingBytes`: what is not in the database yet. */
  written(written: Written, waitingBytes: number): void;
  lost(reason: LedgerLoss, records: number): void;
  contentLost(reason: ContentLoss): void;
  journalFailed(error: unknown, waitingBytes: number): void;
  databaseFailed(error: unknown, waitingBytes: number): void;
  /** Old records could not be deleted, or a month's table not be made; tried again later. */
  retentionFailed(error: unknown): void;
}

export const ledgerReports = ({ log, clock, metrics }: ReportPorts): LedgerReports => {
  const tellLoss = onceAMinute(log, clock, "error", "ledger-records-lost");
  const tellJournal = onceAMinute(log, clock, "error", "ledger-journal-failing");
  const tellContents = onceAMinute(log, clock, "warn", "contents-not-kept");
  const tellDatabase = onceAMinute(log, clock, "error", "ledger-database-failing");
  let lostSinceLine = 0;
  let isFailing = false;
  const lost = (reason: LedgerLoss, records: number): void => {
    if (records === 0) return;
    metrics.lost(reason, records);
    lostSinceLine += records;
    tellLoss({ reason, records: lostSinceLine, ...remedies[reason] });
  };
  return {
    written: ({ records, unreadable, refused }, waitingBytes) => {
      metrics.written(records, clock.now());
      metrics.waiting(waitingBytes);
      lost("unreadable", unreadable);
      lost("refused", refused);
      if (isFailing) log.write("info", "ledger-database-back", { waiting_bytes: waitingBytes });
      isFailing = false;
    },
    lost,
    contentLost: (reason) => {
      metrics.contentLost(reason);
      tellContents({ reason, ...contentRemedies[reason] });
    },
    journalFailed: (error, waitingBytes) => {
      metrics.failed("journal");
      metrics.waiting(waitingBytes);
      tellJournal({
        cause: describeCause(error),
        waiting_bytes: waitingBytes,
        setting: "USAGE_JOURNAL",
        advice: "records wait in memory, up to USAGE_BUFFER_BYTES, until that folder can be written again",
      });
    },
    databaseFailed: (error, waitingBytes) => {
      isFailing = true;
      metrics.failed("database");
      metrics.waiting(waitingBytes);
      tellDatabase({
        cause: describeCause(error),
        waiting_bytes: waitingBytes,
        setting: "DATABASE_URL",
        advice: "records wait in the journal, up to USAGE_JOURNAL_BYTES, until the database answers again",
      });
    },
    retentionFailed: (error) => {
      metrics.failed("database");
      log.write("warn", "ledger-retention-failed", { cause: describeCause(error) });
    },
  };
};

const contentRemedies: Record<ContentLoss, Record<string, string>> = {
  "day-full": {
    setting: "CONTENTS_BYTES_PER_DAY",
    advice: "what `record` in broker.yaml asks for is more; the next day, in UTC, is recorded again",
  },
  "journal-full": {
    setting: "USAGE_JOURNAL_BYTES",
    advice: "the journal is half full, and the other half is for records: see broker_ledger_waiting_bytes",
  },
};

const remedies: Record<LedgerLoss, Record<string, string>> = {
  "buffer-full": {
    setting: "USAGE_BUFFER_BYTES",
    advice: "see ledger-journal-failing: the folder of USAGE_JOURNAL cannot be written",
  },
  "journal-full": {
    setting: "USAGE_JOURNAL_BYTES",
    advice: "see ledger-database-failing: the database takes no records, or fewer than come",
  },
  unreadable: {
    advice: "lines of the journal were damaged: the end of one where a process was killed or a disk full",
  },
  refused: { advice: "see ledger-database-failing: the database does not take what they hold" },
};
