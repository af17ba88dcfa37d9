// The plain settings, continued: log, metrics and traces. Those of traces have OpenTelemetry's own names.
import { z } from "zod";
import { Secret } from "../secret.ts";
import { markSecret } from "../secret-schema.ts";
import { flag, integer, type SettingRow } from "./setting-types.ts";

const PAIRS = "must be pairs such as name=value, with commas between";

/** `name=value,name=value`, where a value may be URL-encoded. */
const pairs = z
  .string()
  .regex(/^\s*[^=,\s]+\s*=[^,]*(?:,\s*[^=,\s]+\s*=[^,]*)*$/, PAIRS)
  .transform((text, context): Record<string, string> => {
    try {
      return Object.fromEntries(
        text.split(",").map((pair) => {
          const [name = "", ...value] = pair.split("=");
          return [name.trim(), decodeURIComponent(value.join("=").trim())];
        }),
      );
    } catch {
      context.addIssue({ code: "custom", message: PAIRS });
      return z.NEVER;
    }
  });

const ratio = z
  .union([
    z.number(),
    z
      .string()
      .regex(/^\d(?:\.\d+)?$/)
      .transform(Number),
  ])
  .pipe(z.number().min(0).max(1));

export const observeSettings = {
  log_level: {
    env: "LOG_LEVEL",
    schema: z.enum(["fatal", "error", "warn", "info", "debug", "silent"]),
    default: "info",
    reload: "live",
    doc: "How much to log: fatal, error, warn, info, debug or silent.",
  },
  metrics_port: {
    env: "METRICS_PORT",
    schema: integer(0, 65_535),
    default: undefined,
    reload: "restart",
    doc: "A port of its own for GET /metrics, where it needs no credentials. 0 takes a free port.",
  },
  metrics_host: {
    env: "METRICS_HOST",
    schema: z.string().min(1),
    default: "127.0.0.1",
    reload: "restart",
    doc: "The address of that port. All who reach it may read the metrics.",
  },
  otel_exporter_otlp_endpoint: {
    env: "OTEL_EXPORTER_OTLP_ENDPOINT",
    schema: z.url({ protocol: /^https?$/, error: "must be an address such as http://localhost:4318" }),
    default: undefined,
    reload: "restart",
    doc: "Where traces go, by OTLP over HTTP: /v1/traces is added. Without it there are none.",
  },
  otel_exporter_otlp_headers: {
    env: "OTEL_EXPORTER_OTLP_HEADERS",
    schema: markSecret(
      pairs.transform((headers) => new Secret(JSON.stringify(headers))),
      { sample: "name=secret-that-was-not-read", isEncoded: true },
    ),
    default: undefined,
    reload: "restart",
    doc: "Headers for that address, such as authorization=Bearer%20…, with commas between.",
  },
  otel_service_name: {
    env: "OTEL_SERVICE_NAME",
    schema: z.string().min(1),
    default: "realtime-key-broker",
    reload: "restart",
    doc: "The service's name in traces.",
  },
  otel_resource_attributes: {
    env: "OTEL_RESOURCE_ATTRIBUTES",
    schema: pairs,
    default: undefined,
    reload: "restart",
    doc: "What else traces say of the service, such as deployment.environment.name=production, with commas between.",
  },
  otel_traces_sampler: {
    env: "OTEL_TRACES_SAMPLER",
    schema: z.enum([
      ...(["always_on", "always_off", "traceidratio"] as const),
      ...(["parentbased_always_on", "parentbased_always_off", "parentbased_traceidratio"] as const),
    ]),
    default: "parentbased_always_on",
    reload: "restart",
    doc: "Which requests are traced. The parent is the caller's trace, which decides where there is one.",
  },
  otel_traces_sampler_arg: {
    env: "OTEL_TRACES_SAMPLER_ARG",
    schema: ratio,
    default: 1,
    reload: "restart",
    doc: "The share of requests that the samplers with traceidratio take, from 0 to 1.",
  },
  trace_callers: {
    env: "TRACE_CALLERS",
    schema: flag,
    default: true,
    reload: "restart",
    doc: "Whether a trace that a caller began goes on here (traceparent). They then decide whether it is sampled.",
  },
  trace_to_openai: {
    env: "TRACE_TO_OPENAI",
    schema: flag,
    default: false,
    reload: "restart",
    doc: "Whether OpenAI gets the trace's ids too (traceparent). Tools get them always.",
  },
} as const satisfies Record<string, SettingRow>;
