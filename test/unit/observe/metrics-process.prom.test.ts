// What the metrics tell of the process.
import { Registry } from "prom-client";
import { expect, it } from "vitest";
import { processMetrics, secondsLate } from "../../../server/observe/metrics-process.prom.ts";

const begin = () => {
  const registry = new Registry();
  processMetrics(registry);
  return async (name: string) => {
    const [, value] = new RegExp(`^${name} (\\S+)$`, "m").exec(await registry.metrics()) ?? [];
    return Number(value);
  };
};

/** Turns of the event loop in which it waits for timers. */
const beIdle = async (ms: number): Promise<void> => {
  const end = performance.now() + ms;
  while (performance.now() < end) await new Promise((resolve) => setTimeout(resolve, 5));
};

it.each([
  ["an idle loop is not late, though Node measures the time between two timers", 10_000_000, 0],
  ["one that comes early neither", 9_000_000, 0],
  ["what is beyond that time is", 150_000_000, 0.14],
  ["nothing was measured yet", Number.NaN, 0],
])("%s", (_, measured, late) => {
  expect(secondsLate(measured)).toBe(late);
});

it("tells how long the event loop stood still, and that it was at work", async () => {
  const read = begin();
  const activeBefore = await read("broker_event_loop_active_seconds_total");
  // The measurement begins anew with the first turn after a reading.
  await beIdle(40);
  const end = performance.now() + 120;
  while (performance.now() < end);
  await beIdle(40);
  const longest = await read("nodejs_eventloop_lag_max_seconds");
  expect(longest).toBeGreaterThan(0.1);
  expect(longest).toBeLessThan(5);
  expect((await read("broker_event_loop_active_seconds_total")) - activeBefore).toBeGreaterThan(0.1);
});

it("has each of Node's own metrics once", async () => {
  const registry = new Registry();
  processMetrics(registry);
  const names = registry.getMetricsAsArray().map(({ name }) => name);
  expect(names.filter((name) => name.startsWith("nodejs_eventloop_lag")).toSorted()).toEqual([
    "nodejs_eventloop_lag_max_seconds",
    "nodejs_eventloop_lag_mean_seconds",
    "nodejs_eventloop_lag_p99_seconds",
  ]);
  expect(names).toContain("process_cpu_seconds_total");
});
