// The metrics of upstream keys with a workload identity: their access tokens' age, time left, and renewals.
import { Counter, Gauge, type Registry } from "prom-client";
import type { UpstreamMetrics } from "./metrics.ts";

export const tokenMetrics = (
  registers: Registry[],
): Pick<UpstreamMetrics, "tokenRenewal" | "watchTokens"> => {
  const renewals = new Counter({
    name: "broker_upstream_token_renewals_total",
    help: "Attempts to get an access token for a key with a workload identity, by key and result (ok or failed)",
    labelNames: ["key", "result"],
    registers,
  });
  let read: Parameters<UpstreamMetrics["watchTokens"]>[0] = () => [];
  new Gauge({
    name: "broker_upstream_token_age_seconds",
    help: "How old the access token of a key with a workload identity is",
    labelNames: ["key"],
    registers,
    collect() {
      this.reset();
      for (const { key, ageSeconds } of read()) this.set({ key }, ageSeconds);
    },
  });
  new Gauge({
    name: "broker_upstream_token_left_seconds",
    help: "How long the access token of a key with a workload identity is still valid",
    labelNames: ["key"],
    registers,
    collect() {
      this.reset();
      for (const { key, leftSeconds } of read()) this.set({ key }, leftSeconds);
    },
  });
  return {
    tokenRenewal: (key, result) => renewals.inc({ key, result }),
    watchTokens: (next) => {
      read = next;
    },
  };
};
