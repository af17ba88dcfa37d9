// The limits of a broker.yaml, counted in memory by a clock of the test's own.
import { type LimitPolicy, limitPolicy, limitResources } from "../../server/compose/limits.ts";
import { prometheusMetrics } from "../../server/observe/metrics.prom.ts";
import { configOf } from "./configuration.ts";
import { createTestTime, type TestTime } from "./time.ts";

/** `limits` is what stands under that name, in one line: `address: 1 per minute`. */
export const limitServices = (limits: string): LimitPolicy & { time: TestTime } => {
  const time = createTestTime();
  const ports = { ...time, log: { write: () => {} }, metrics: prometheusMetrics() };
  const policy = limitPolicy(configOf(`limits: { ${limits} }`), limitResources(undefined, ports));
  return { ...policy, time };
};
