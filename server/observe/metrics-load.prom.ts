// The metric of load shedding.
import { Gauge, type Registry } from "prom-client";
import type { Metrics } from "./metrics.ts";

export const loadMetrics = (registers: Registry[]): Metrics["watchLoad"] => {
  let read: Parameters<Metrics["watchLoad"]>[0] = () => ({ voice: 1, text: 1 });
  new Gauge({
    name: "broker_load_admitted_ratio",
    help: "The share of new work that is admitted, by priority: voice or text; below 1 while the event loop is late",
    labelNames: ["priority"],
    registers,
    collect() {
      for (const [priority, share] of Object.entries(read())) this.set({ priority }, share);
    },
  });
  return (next) => {
    read = next;
  };
};
