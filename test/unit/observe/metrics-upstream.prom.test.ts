// What the metrics tell of the keys at OpenAI.
import { Registry } from "prom-client";
import { expect, it } from "vitest";
import { upstreamMetrics } from "../../../server/observe/metrics-upstream.prom.ts";

const begin = () => {
  const registry = new Registry();
  const samples = async (name: string) =>
    (await registry.metrics()).split("\n").filter((line) => line.startsWith(name) && !/_bucket\{/.test(line));
  return { metrics: upstreamMetrics([registry]), samples };
};

it("counts every attempt, and times those that OpenAI answered", async () => {
  const { metrics, samples } = begin();
  metrics.upstreamAttempt("eu", "answered", "models", 1500);
  metrics.upstreamAttempt("eu", "failed", "models", 8000);
  expect(await samples("broker_upstream_attempts")).toEqual([
    'broker_upstream_attempts_total{key="eu",outcome="answered"} 1',
    'broker_upstream_attempts_total{key="eu",outcome="failed"} 1',
  ]);
  expect(await samples("broker_upstream_first_byte_seconds")).toEqual([
    'broker_upstream_first_byte_seconds_sum{key="eu",family="models"} 1.5',
    'broker_upstream_first_byte_seconds_count{key="eu",family="models"} 1',
  ]);
});

it("asks for what is in flight only when the metrics are read", async () => {
  const { metrics, samples } = begin();
  let asked = 0;
  metrics.watchUpstream(() => {
    asked += 1;
    return {
      waiting: [{ key: "eu", requests: 3 }],
      connections: [{ agent: "relays", open: 2, queued: 1 }],
    };
  });
  expect(asked).toBe(0);
  expect(await samples("broker_upstream_waiting")).toEqual(['broker_upstream_waiting{key="eu"} 3']);
  expect(await samples("broker_upstream_connections")).toEqual([
    'broker_upstream_connections{agent="relays"} 2',
  ]);
  expect(await samples("broker_upstream_queued")).toEqual(['broker_upstream_queued{agent="relays"} 1']);
});
