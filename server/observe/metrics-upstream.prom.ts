// The metrics of the keys at OpenAI: attempts, latencies, what is in flight, and whether a key is used.
import { Counter, Gauge, Histogram, type Registry } from "prom-client";
import { upstreamBuckets } from "./latency-buckets.ts";
import type { UpstreamFigures, UpstreamMetrics } from "./metrics.ts";

export const upstreamMetrics = (
  registers: Registry[],
): Omit<UpstreamMetrics, "tokenRenewal" | "watchTokens"> => {
  const attempts = new Counter({
    name: "broker_upstream_attempts_total",
    help: "Attempts with a key at OpenAI, by key and outcome",
    labelNames: ["key", "outcome"],
    registers,
  });
  const firstByte = new Histogram({
    name: "broker_upstream_first_byte_seconds",
    help: "From sending a request until OpenAI's answer begins, by key and family of endpoints; a mint's is read whole",
    labelNames: ["key", "family"],
    buckets: upstreamBuckets,
    registers,
  });
  const usable = new Gauge({
    name: "broker_upstream_key_usable",
    help: "1 while a key at OpenAI is used; 0 while OpenAI refuses it or a breaker is open",
    labelNames: ["key"],
    registers,
  });
  const breakerOpen = new Gauge({
    name: "broker_upstream_breaker_open",
    help: "1 while a key at OpenAI is out for a family of endpoints, because it could not be reached",
    labelNames: ["key", "family"],
    registers,
  });
  let read: () => UpstreamFigures = () => ({ waiting: [], connections: [] });
  new Gauge({
    name: "broker_upstream_waiting",
    help: "Requests that wait for OpenAI's answer to begin, by key",
    labelNames: ["key"],
    registers,
    collect() {
      this.reset();
      for (const { key, requests } of read().waiting) this.set({ key }, requests);
    },
  });
  new Gauge({
    name: "broker_upstream_connections",
    help: "Open connections to OpenAI, by agent: requests (mints and moderations) or relays; without WebSockets",
    labelNames: ["agent"],
    registers,
    collect() {
      for (const { agent, open } of read().connections) this.set({ agent }, open);
    },
  });
  new Gauge({
    name: "broker_upstream_queued",
    help: "Requests that wait for a connection to OpenAI, by agent",
    labelNames: ["agent"],
    registers,
    collect() {
      for (const { agent, queued } of read().connections) this.set({ agent }, queued);
    },
  });
  return {
    upstreamAttempt: (key, outcome, family, ms) => {
      attempts.inc({ key, outcome });
      if (outcome === "answered") firstByte.observe({ key, family }, ms / 1000);
    },
    upstreamKeyUsable: (key, isUsable) => usable.set({ key }, isUsable ? 1 : 0),
    upstreamBreakerOpen: (key, family, open) => breakerOpen.set({ key, family }, open ? 1 : 0),
    upstreamKeyGone: (key, families) => {
      usable.remove({ key });
      for (const family of families) breakerOpen.remove({ key, family });
    },
    watchUpstream: (next) => {
      read = next;
    },
  };
};
