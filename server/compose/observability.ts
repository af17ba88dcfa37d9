// Composes the metrics' own port, and traces where they are wanted.
import type { Clock, Timers } from "../clock.ts";
import type { Settings } from "../config/settings.ts";
import type { Disposal } from "../disposal.ts";
import { openMetricsServer } from "../http/server/metrics-server.node.ts";
import { describeCause } from "../observe/describe-error.ts";
import type { Log } from "../observe/log.ts";
import type { Metrics } from "../observe/metrics.ts";
import { onceAMinute } from "../observe/once-a-minute.ts";
import type { Tracing } from "../observe/trace.ts";
import type { Secret } from "../secret.ts";

interface Ports {
  clock: Clock;
  timers: Timers;
  log: Log;
  metrics: Metrics;
  proxyOf(url: string): Secret | undefined;
}

/** Undefined where there are no traces. What was opened is closed by `stack`. */
export const openObservability = async (
  settings: Settings,
  ports: Ports,
  stack: Disposal,
): Promise<Tracing | undefined> => {
  const { log, metrics } = ports;
  const { metrics_port: port, metrics_host: host } = settings;
  if (port !== undefined) {
    const server = await openMetricsServer({ host, port }, { render: metrics.render, log });
    stack.defer(server.close);
  }
  const endpoint = settings.otel_exporter_otlp_endpoint;
  return endpoint === undefined ? undefined : openTracing(endpoint, settings, ports, stack);
};

// OpenTelemetry's packages are loaded only here: they take memory, and time to start.
const openTracing = async (
  endpoint: string,
  settings: Settings,
  { clock, timers, log, metrics, proxyOf }: Ports,
  stack: Disposal,
): Promise<Tracing> => {
  const [{ openTraceExport }, { tracingOver }] = await Promise.all([
    import("../observe/trace-export.otel.ts"),
    import("../observe/trace.otel.ts"),
  ]);
  const tellLoss = onceAMinute(log, clock, "warn", "traces-not-sent");
  const { tracer, close } = openTraceExport(
    {
      endpoint,
      headers: settings.otel_exporter_otlp_headers,
      proxy: proxyOf(endpoint),
      serviceName: settings.otel_service_name,
      attributes: settings.otel_resource_attributes ?? {},
      sampler: settings.otel_traces_sampler,
      ratio: settings.otel_traces_sampler_arg,
    },
    {
      timers,
      onSent: (spans) => metrics.spansExported("sent", spans),
      onLost: (spans, reason) => {
        metrics.spansExported("lost", spans);
        tellLoss({ spans, setting: "OTEL_EXPORTER_OTLP_ENDPOINT", cause: describeCause(reason) });
      },
    },
  );
  stack.defer(close);
  return tracingOver(tracer, clock, {
    takesCallers: settings.trace_callers,
    tellsOpenAi: settings.trace_to_openai,
  });
};
