// The figures of the audit trail in Prometheus' format.
import { Counter, Gauge, type Registry } from "prom-client";
import type { Metrics } from "./metrics.ts";

export const auditMetrics = (registers: Registry[]): Pick<Metrics, "auditEntryLost" | "auditState"> => {
  const pendingEntries = new Gauge({
    name: "broker_audit_pending",
    help: "Entries of the audit trail that wait for the database",
    registers,
  });
  const writable = new Gauge({
    name: "broker_audit_writable",
    help: "0 while the database does not take entries of the audit trail",
    registers,
  });
  writable.set(1);
  const lost = new Counter({
    name: "broker_audit_lost_total",
    help: "Entries of the audit trail that found no room in memory while the database was away",
    registers,
  });
  return {
    auditState: ({ pending, isWritable }) => {
      pendingEntries.set(pending);
      writable.set(isWritable ? 1 : 0);
    },
    auditEntryLost: () => lost.inc(),
  };
};
