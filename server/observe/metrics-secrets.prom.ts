// The metric of the stores of secrets: how old what was read from them is.
import { Gauge, type Registry } from "prom-client";
import type { Metrics, SecretAge } from "./metrics.ts";

export const secretMetrics = (registers: Registry[]): Pick<Metrics, "watchSecrets"> => {
  let read: () => readonly SecretAge[] = () => [];
  new Gauge({
    name: "broker_secret_age_seconds",
    help: "How long ago each store of secrets (file, vault, aws-sm) last confirmed the value that has waited longest",
    labelNames: ["store"],
    registers,
    collect() {
      this.reset();
      for (const { store, seconds } of read()) this.set({ store }, seconds);
    },
  });
  return {
    watchSecrets: (next) => {
      read = next;
    },
  };
};
