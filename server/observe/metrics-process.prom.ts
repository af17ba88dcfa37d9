// The metrics of the process: Node's own, the event loop, errors that nothing caught, and the traces that it sends.
import { type EventLoopUtilization, monitorEventLoopDelay, performance } from "node:perf_hooks";
import { Counter, collectDefaultMetrics, Gauge, type Registry } from "prom-client";
import type { Metrics } from "./metrics.ts";

export const processMetrics = (registry: Registry): Pick<Metrics, "fatalError" | "spansExported"> => {
  collectDefaultMetrics({ register: registry });
  eventLoopMetrics(registry);
  const registers = [registry];
  const fatalErrors = new Counter({
    name: "broker_fatal_errors_total",
    help: "Uncaught errors; after the first the process drains and ends",
    registers,
  });
  const spans = new Counter({
    name: "broker_trace_spans_total",
    help: "Spans of traces, by outcome: sent, or lost because the receiver was away or slow",
    labelNames: ["outcome"],
    registers,
  });
  return {
    fatalError: () => fatalErrors.inc(),
    spansExported: (outcome, count) => spans.inc({ outcome }, count),
  };
};

/** How often the delay is measured. Node measures from one time to the next: an idle loop would seem to be this late. */
const INTERVAL_MS = 10;

/** What Node measured, in nanoseconds, as lateness; 0 where it measured nothing yet. */
export const secondsLate = (measured: number): number =>
  Number.isFinite(measured) ? Math.max(0, measured / 1e6 - INTERVAL_MS) / 1000 : 0;

// prom-client's own gauges have that time in them. These take their names, without it.
const eventLoopMetrics = (registry: Registry): void => {
  for (const metric of registry.getMetricsAsArray()) {
    if (metric.name.startsWith("nodejs_eventloop_lag")) registry.removeSingleMetric(metric.name);
  }
  const registers = [registry];
  const delays = monitorEventLoopDelay({ resolution: INTERVAL_MS });
  delays.enable();
  // The first that is read measures for all.
  new Gauge({
    name: "nodejs_eventloop_lag_max_seconds",
    help: "How long the event loop stood still at most, since the metrics were read last",
    registers,
    collect() {
      this.set(secondsLate(delays.max));
      mean.set(secondsLate(delays.mean));
      p99.set(secondsLate(delays.percentile(99)));
      delays.reset();
    },
  });
  const mean = new Gauge({
    name: "nodejs_eventloop_lag_mean_seconds",
    help: "How late the event loop was on average, since the metrics were read last",
    registers,
  });
  const p99 = new Gauge({
    name: "nodejs_eventloop_lag_p99_seconds",
    help: "How late the event loop was at most in 99 % of the times, since the metrics were read last",
    registers,
  });
  let last: EventLoopUtilization = performance.eventLoopUtilization();
  new Counter({
    name: "broker_event_loop_active_seconds_total",
    help: "Time in which the event loop was at work; its rate is the share of one core's time",
    registers,
    collect() {
      const now = performance.eventLoopUtilization();
      this.inc(Math.max(0, now.active - last.active) / 1000);
      last = now;
    },
  });
};
