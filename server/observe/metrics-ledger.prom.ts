// The ledger's figures in Prometheus' format.
import { Counter, Gauge, type Registry } from "prom-client";
import type { LedgerMetrics } from "./metrics.ts";

export const ledgerMetrics = (registers: Registry[]): LedgerMetrics => {
  const written = new Counter({
    name: "broker_ledger_records_written_total",
    help: "Records of the ledger that came to the database",
    registers,
  });
  const lost = new Counter({
    name: "broker_ledger_records_lost_total",
    help: "Records that will not come to the database, by reason: buffer-full, journal-full, unreadable or refused",
    labelNames: ["reason"],
    registers,
  });
  const contentsLost = new Counter({
    name: "broker_ledger_contents_lost_total",
    help: "Contents that were to be recorded and are not kept, by reason: day-full or journal-full",
    labelNames: ["reason"],
    registers,
  });
  const errors = new Counter({
    name: "broker_ledger_errors_total",
    help: "Failed attempts to write the ledger, each of which is repeated, by part: journal or database",
    labelNames: ["part"],
    registers,
  });
  const waiting = new Gauge({
    name: "broker_ledger_waiting_bytes",
    help: "What the ledger holds for the database, in bytes; above usage_journal_bytes records are lost",
    registers,
  });
  const lastWrite = new Gauge({
    name: "broker_ledger_last_write_timestamp_seconds",
    help: "When records last came to the database, in seconds since 1970; 0 before the first",
    registers,
  });
  return {
    written: (records, at) => {
      written.inc(records);
      lastWrite.set(at / 1000);
    },
    lost: (reason, records) => lost.inc({ reason }, records),
    contentLost: (reason) => contentsLost.inc({ reason }),
    failed: (part) => errors.inc({ part }),
    waiting: (bytes) => waiting.set(bytes),
  };
};
