// Whether the configuration was taken into use when it was last read, in Prometheus' format.
import { Gauge, type Registry } from "prom-client";
import type { Metrics } from "./metrics.ts";

export const configurationMetrics = (registers: Registry[]): Pick<Metrics, "configurationRead"> => {
  const successful = new Gauge({
    name: "broker_config_last_reload_successful",
    help: "1 when the configuration that was read last is in force; 0 when it was refused",
    registers,
  });
  const since = new Gauge({
    name: "broker_config_last_reload_success_timestamp_seconds",
    help: "When a configuration was last taken into use, by the start or a reload",
    registers,
  });
  return {
    configurationRead: (isInUse, at) => {
      successful.set(isInUse ? 1 : 0);
      if (isInUse) since.set(at / 1000);
    },
  };
};
