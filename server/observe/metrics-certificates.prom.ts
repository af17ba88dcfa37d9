// The metrics of certificates: until when they are valid, and whether a renewed one is in use.
import { Gauge, type Registry } from "prom-client";
import type { CertificateFigures, Metrics } from "./metrics.ts";

export const certificateMetrics = (registers: Registry[]): Metrics["watchCertificates"] => {
  let read: () => readonly CertificateFigures[] = () => [];
  new Gauge({
    name: "broker_tls_certificate_expires_timestamp_seconds",
    help: "When a certificate ends, in seconds since 1970, by use: listener, or the origin that it is presented to",
    labelNames: ["use"],
    registers,
    collect() {
      for (const { use, expiresAt } of read()) this.set({ use }, expiresAt / 1000);
    },
  });
  new Gauge({
    name: "broker_tls_certificate_current",
    help: "1 while a certificate in use is the one in its files; 0 while what the files hold cannot be used",
    labelNames: ["use"],
    registers,
    collect() {
      for (const { use, isCurrent } of read()) this.set({ use }, isCurrent ? 1 : 0);
    },
  });
  return (next) => {
    read = next;
  };
};
