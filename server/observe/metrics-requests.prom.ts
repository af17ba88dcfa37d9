// The metrics of requests: how many, how they ended, how long they took, and why they were refused.
import { Counter, Gauge, Histogram, type Registry } from "prom-client";
import type { Refused, RequestEnded } from "./event.ts";
import { latencyBuckets } from "./latency-buckets.ts";

/** Node's parser takes 35 methods, most of which nothing here answers. */
const methods = new Set(["GET", "HEAD", "POST", "PUT", "PATCH", "DELETE", "OPTIONS"]);

export interface RequestMetrics {
  onEnded(event: RequestEnded): void;
  onRefused(event: Refused): void;
  /** `read` is asked whenever metrics are. */
  watchInFlight(read: () => number): void;
}

export const requestMetrics = (registers: Registry[]): RequestMetrics => {
  const requests = new Histogram({
    name: "broker_http_request_seconds",
    help: "Requests by method, route and status",
    labelNames: ["method", "route", "status"],
    buckets: latencyBuckets,
    registers,
  });
  let inFlight = () => 0;
  new Gauge({
    name: "broker_http_requests_in_flight",
    help: "Requests for which work is under way: probes, pages and metrics are not among them",
    registers,
    collect() {
      this.set(inFlight());
    },
  });
  const refusals = new Counter({
    name: "broker_refusals_total",
    help: "Requests refused, by the code of the problem",
    labelNames: ["problem"],
    registers,
  });
  const credentialsRejected = new Counter({
    name: "broker_credentials_rejected_total",
    help: "Rejected credentials, by the reason that the log line gives",
    labelNames: ["reason"],
    registers,
  });
  return {
    onEnded: ({ method: asked, route, status, ms }) => {
      const method = methods.has(asked) ? asked : "other";
      requests.observe({ method, route, status }, ms / 1000);
    },
    onRefused: ({ code, reason }) => {
      refusals.inc({ problem: code });
      if (reason !== undefined) credentialsRejected.inc({ reason });
    },
    watchInFlight: (read) => {
      inFlight = read;
    },
  };
};
