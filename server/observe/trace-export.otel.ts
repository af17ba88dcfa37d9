// Sends traces by OTLP over HTTP in the background: a receiver that is slow or away delays and harms nothing.
import { TraceFlags, type Tracer } from "@opentelemetry/api";
import { type ExportResult, ExportResultCode } from "@opentelemetry/core";
import { OTLPTraceExporter } from "@opentelemetry/exporter-trace-otlp-http";
import { resourceFromAttributes } from "@opentelemetry/resources";
import {
  AlwaysOffSampler,
  AlwaysOnSampler,
  BatchSpanProcessor,
  ParentBasedSampler,
  type ReadableSpan,
  type Sampler,
  type SpanExporter,
  TraceIdRatioBasedSampler,
  TracerProvider,
} from "@opentelemetry/sdk-trace";
import type { Timers } from "../clock.ts";
import type { Secret } from "../secret.ts";

export interface ExportSettings {
  /** Without /v1/traces. */
  endpoint: string;
  /** An object of names and values, as JSON. */
  headers: Secret | undefined;
  /** The address of the HTTP proxy on the way; undefined for none. */
  proxy: Secret | undefined;
  serviceName: string;
  attributes: Readonly<Record<string, string>>;
  sampler: string;
  /** 0 to 1. */
  ratio: number;
}

export interface ExportPorts {
  timers: Pick<Timers, "after">;
  /** Spans that the receiver took, or that it did not take after all. */
  onSent(spans: number): void;
  onLost(spans: number, reason: unknown): void;
}

/** Spans that wait for the receiver; what comes beyond them is dropped. One has about a kilobyte. */
const MAX_WAITING = 4096;
const BATCH = 512;
const BATCH_EVERY_MS = 2000;
/** For one batch, the repetitions that the exporter makes included. */
const SEND_MS = 5000;
/** What the end of the service waits for the last batches. */
const LAST_SEND_MS = 3000;
/** Longer than any value that is meant to be read. */
const MAX_VALUE_LENGTH = 512;

export interface TraceExport {
  tracer: Tracer;
  /** Sends what waits, within three seconds. Never rejects. */
  close(): Promise<void>;
}

export const openTraceExport = (settings: ExportSettings, ports: ExportPorts): TraceExport => {
  const exporter = new OTLPTraceExporter({
    url: `${settings.endpoint.replace(/\/$/, "")}/v1/traces`,
    headers: settings.headers ? JSON.parse(settings.headers.reveal()) : {},
    timeoutMillis: SEND_MS,
    concurrencyLimit: 4,
    ...(settings.proxy && { httpAgentOptions: through(settings.proxy.reveal()) }),
  });
  const provider = new TracerProvider({
    resource: resourceFromAttributes({ ...settings.attributes, "service.name": settings.serviceName }),
    sampler: samplerOf(settings.sampler, settings.ratio),
    spanLimits: { attributeValueLengthLimit: MAX_VALUE_LENGTH },
    spanProcessors: [new CountingProcessor(exporter, ports)],
  });
  return {
    tracer: provider.getTracer("realtime-key-broker"),
    close: () =>
      new Promise((resolve) => {
        const cancel = ports.timers.after(LAST_SEND_MS, resolve);
        const done = () => {
          cancel();
          resolve();
        };
        provider.shutdown().then(done, done);
      }),
  };
};

// Node's own agents know what to do with it.
const through = (proxy: string) => ({ keepAlive: true, proxyEnv: { HTTP_PROXY: proxy, HTTPS_PROXY: proxy } });

/** Batches, and knows at any time how many spans wait: the batching processor drops what is too much without a word. */
class CountingProcessor extends BatchSpanProcessor {
  #waiting = 0;
  readonly #ports: ExportPorts;

  constructor(exporter: SpanExporter, ports: ExportPorts) {
    const settle = (spans: number, result: ExportResult) => {
      this.#waiting -= spans;
      if (result.code === ExportResultCode.SUCCESS) ports.onSent(spans);
      else ports.onLost(spans, result.error);
    };
    super({
      exporter: {
        export: (spans, done) =>
          exporter.export(spans, (result) => {
            settle(spans.length, result);
            done(result);
          }),
        shutdown: () => exporter.shutdown(),
      },
      maxQueueSize: MAX_WAITING,
      maxExportBatchSize: BATCH,
      scheduledDelayMillis: BATCH_EVERY_MS,
      exportTimeoutMillis: SEND_MS + 1000,
    });
    this.#ports = ports;
  }

  override onEnd(span: ReadableSpan): void {
    if ((span.spanContext().traceFlags & TraceFlags.SAMPLED) === 0) return;
    if (this.#waiting >= MAX_WAITING) {
      this.#ports.onLost(1, new Error(`more than ${MAX_WAITING} spans wait`));
      return;
    }
    this.#waiting += 1;
    super.onEnd(span);
  }
}

const samplerOf = (name: string, ratio: number): Sampler => {
  const [, isParentBased, root = ""] = /^(parentbased_)?(.*)$/.exec(name) ?? [];
  const sampler =
    root === "always_on"
      ? new AlwaysOnSampler()
      : root === "always_off"
        ? new AlwaysOffSampler()
        : new TraceIdRatioBasedSampler(ratio);
  return isParentBased ? new ParentBasedSampler({ root: sampler }) : sampler;
};
