// The metrics of limits: which are reached, and who counts them.
import { Counter, Gauge, type Registry } from "prom-client";
import type { Refused } from "./event.ts";
import type { Metrics } from "./metrics.ts";

export interface LimitMetrics extends Pick<Metrics, "limitsCounted"> {
  onRefused(event: Refused): void;
}

export const limitMetrics = (registers: Registry[]): LimitMetrics => {
  const reached = new Counter({
    name: "broker_limits_reached_total",
    help: "Requests that found a limit used up, by limit",
    labelNames: ["limit"],
    registers,
  });
  const counted = new Counter({
    name: "broker_limits_counted_total",
    help: "Counts of limits, by who counted: redis, or fallback while Redis does not answer",
    labelNames: ["by"],
    registers,
  });
  const fallback = new Gauge({
    name: "broker_limits_fallback",
    help: "1 while this replica counts limits by itself, because Redis does not answer",
    registers,
  });
  return {
    onRefused: ({ limits = [] }) => {
      for (const limit of limits) reached.inc({ limit });
    },
    limitsCounted: (by) => {
      counted.inc({ by });
      fallback.set(by === "fallback" ? 1 : 0);
    },
  };
};
