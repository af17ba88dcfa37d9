// The figures of the audit trail in Prometheus' format.
import { Counter, Gauge, type Registry } from "prom-client";
import type { Metrics } from "./metrics.ts";

export const auditMetrics = (registers: Registry[]): Pick<Metrics, "auditEntryLost" | "auditState"> => {
  const pendingEntries = new Gauge({
    name: "broker_audit_pending",
    help: "Entries of the audit trail that wait for the database",
    registers,
  });
  const failing = new Gauge({
    name: "broker_audit_failing",
    help: "1 while the database does not take entries of the audit trail",
    registers,
  });
  const lost = new Counter({
    name: "broker_audit_lost_total",
    help: "Entries of the audit trail that found no room in memory while the database was away",
    registers,
  });
  return {
    auditState: ({ pending, isWritable }) => {
      pendingEntries.set(pending);
      failing.set(isWritable ? 0 : 1);
    },
    auditEntryLost: () => lost.inc(),
  };
};
