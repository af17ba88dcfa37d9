// Traces that are not wanted, and those that no receiver takes.
import { execFileSync } from "node:child_process";
import { expect, it } from "vitest";
import { createTestBroker, type TestBroker } from "../support/broker.ts";
import { startOtlpReceiver } from "../support/otlp-receiver.ts";
import { serve } from "../support/server.ts";
import { root } from "../support/source.ts";
import { statusOf } from "../support/upstream.ts";

const openai = "http://127.0.0.1:9/v1";
const yaml = "callers: { guests: loopback }\nmetrics: { allow: [everyone] }";
const problems = (env: Record<string, string>) =>
  createTestBroker({ openai, env }).then(
    () => [],
    (error: { problems: string[] }) => error.problems,
  );
const lost = ({ logs }: TestBroker) => logs.filter(({ msg }) => msg === "traces-not-sent");

it.each([
  ["refuses them", () => startOtlpReceiver(400)],
  ["hangs", () => serve(() => {})],
  ["breaks off", () => serve((request) => request.socket.destroy())],
])("a receiver that %s harms no request and delays no end by more than seconds", async (_, start) => {
  await using receiver = await start();
  const env = { OTEL_EXPORTER_OTLP_ENDPOINT: receiver.url };
  await using broker = await createTestBroker({ openai, yaml, env });
  const begunAt = performance.now();
  for (let count = 0; count < 5; count += 1) expect(await statusOf(broker.fetch("/tools"))).toBe(200);
  expect(performance.now() - begunAt).toBeLessThan(10_000);
  const stoppedAt = performance.now();
  await broker.stop();
  expect(performance.now() - stoppedAt).toBeLessThan(15_000);
});

it("says once, and in a metric, that traces are lost", async () => {
  const env = { OTEL_EXPORTER_OTLP_ENDPOINT: "http://127.0.0.1:9" };
  await using broker = await createTestBroker({ openai, yaml, env });
  await statusOf(broker.fetch("/tools"));
  await expect.poll(() => lost(broker)).toHaveLength(1);
  expect(lost(broker)).toMatchObject([
    { level: "warn", spans: 1, setting: "OTEL_EXPORTER_OTLP_ENDPOINT", cause: { code: "ECONNREFUSED" } },
  ]);
  const metrics = await (await broker.fetch("/metrics")).text();
  expect(metrics).toContain('broker_trace_spans_total{outcome="lost"} 1');
});

it.each([
  ["always_off", "", 0],
  ["traceidratio", "0", 0],
  ["traceidratio", "1", 1],
  ["parentbased_always_off", "", 0],
])("the sampler %s %s takes %i of 1", async (sampler, ratio, spans) => {
  await using receiver = await startOtlpReceiver();
  const env = {
    OTEL_EXPORTER_OTLP_ENDPOINT: receiver.url,
    OTEL_TRACES_SAMPLER: sampler,
    OTEL_TRACES_SAMPLER_ARG: ratio,
  };
  await using broker = await createTestBroker({ openai, yaml, env });
  await statusOf(broker.fetch("/tools"));
  await broker.stop();
  expect(receiver.spans).toHaveLength(spans);
});

it("probes and the metrics are not traced", async () => {
  await using receiver = await startOtlpReceiver();
  const env = { OTEL_EXPORTER_OTLP_ENDPOINT: receiver.url };
  await using broker = await createTestBroker({ openai, yaml, env });
  for (const path of ["/healthz", "/readyz", "/metrics"]) await statusOf(broker.fetch(path));
  await broker.stop();
  expect(receiver.spans).toEqual([]);
});

it("names every mistake in the settings of traces", async () => {
  const found = await problems({
    OTEL_EXPORTER_OTLP_ENDPOINT: "localhost:4318",
    OTEL_EXPORTER_OTLP_HEADERS: "authorization: Bearer very-secret",
    OTEL_TRACES_SAMPLER: "sometimes",
    OTEL_TRACES_SAMPLER_ARG: "10",
    TRACE_CALLERS: "perhaps",
  });
  expect(found.map((each) => each.split(":")[0])).toEqual([
    "OTEL_EXPORTER_OTLP_ENDPOINT",
    "OTEL_EXPORTER_OTLP_HEADERS",
    "OTEL_TRACES_SAMPLER",
    "OTEL_TRACES_SAMPLER_ARG",
    "TRACE_CALLERS",
  ]);
  expect(found.join()).not.toContain("very-secret");
});

it("loads nothing of OpenTelemetry's SDK where there are no traces", () => {
  const program = `
    import { registerHooks } from "node:module";
    const loaded = [];
    registerHooks({ load: (url, context, next) => (loaded.push(url), next(url, context)) });
    await import("./server/compose/service.ts");
    console.log(loaded.filter((url) => /otel|opentelemetry/.test(url) && !url.includes("/api/")).length, loaded.length > 100);`;
  const out = execFileSync(process.execPath, ["--input-type=module", "-e", program], {
    cwd: root,
    encoding: "utf8",
  });
  expect(out.trim()).toBe("0 true");
});
