// Traces through OpenTelemetry's SDK, sent by OTLP over HTTP. Loaded only where an address for them is set.
import {
  type Context,
  ROOT_CONTEXT,
  type Span,
  SpanKind,
  SpanStatusCode,
  type TextMapGetter,
  type TextMapSetter,
  type Tracer,
  trace,
} from "@opentelemetry/api";
import { W3CTraceContextPropagator } from "@opentelemetry/core";
import type { Clock } from "../clock.ts";
import type { AttemptEnd } from "./attempt-trace.ts";
import type { RequestEnded, Subject } from "./event.ts";
import type { RequestTrace, TracedRequest, Tracing } from "./trace.ts";
import { describeJob, isForModel, methodName, requestAttributes } from "./trace-attributes.ts";

export interface TraceOptions {
  /** Whether a trace that a caller began goes on here. */
  takesCallers: boolean;
  /** Whether OpenAI gets the trace's ids. */
  tellsOpenAi: boolean;
}

interface Ports extends TraceOptions {
  tracer: Tracer;
  clock: Pick<Clock, "now">;
}

export const tracingOver = (tracer: Tracer, clock: Pick<Clock, "now">, options: TraceOptions): Tracing => ({
  begin: (request) => new OtelRequestTrace({ ...options, tracer, clock }, request),
});

// Reads what callers send: garbage begins a trace of our own, and a list of more than 32 parts or 512 characters is dropped.
const propagator = new W3CTraceContextPropagator();

const fromCaller: TextMapGetter<TracedRequest> = {
  keys: () => ["traceparent", "tracestate"],
  get: (request, name) => (name === "traceparent" ? request.traceparent : request.tracestate),
};

const toFields: TextMapSetter<Record<string, string>> = {
  set: (fields, name, value) => {
    fields[name] = value;
  },
};

class OtelRequestTrace implements RequestTrace {
  readonly #ports: Ports;
  readonly #context: Context;
  readonly #span: Span;
  #jobBeganAt: number | undefined;
  #subject: Subject | undefined;
  #job: { span: Span; context: Context } | undefined;
  #attempt: { span: Span; context: Context } | undefined;
  #attempts = 0;

  constructor(ports: Ports, request: TracedRequest) {
    this.#ports = ports;
    const parent =
      ports.takesCallers && request.traceparent !== undefined
        ? propagator.extract(ROOT_CONTEXT, request, fromCaller)
        : ROOT_CONTEXT;
    const { method, route } = request;
    const attributes = { "http.request.method": method, "http.route": route };
    this.#span = ports.tracer.startSpan(
      `${methodName(method)} ${route}`,
      { kind: SpanKind.SERVER, startTime: ports.clock.now(), attributes },
      parent,
    );
    this.#context = trace.setSpan(parent, this.#span);
  }

  get traceId(): string {
    return this.#span.spanContext().traceId;
  }

  get upstreamFields(): readonly string[] {
    if (!this.#ports.tellsOpenAi) return [];
    return Object.entries(fieldsOf(this.#attempt?.context ?? this.#context)).flat();
  }

  get toolFields(): Readonly<Record<string, string>> {
    return fieldsOf(this.#beginJob().context);
  }

  jobBegins(subject: Subject | undefined): void {
    this.#jobBeganAt = this.#ports.clock.now();
    this.#subject = subject;
  }

  attemptBegins(key: string): void {
    this.#attempt?.span.end(this.#ports.clock.now());
    const attributes = {
      "broker.upstream_key": key,
      ...(this.#attempts > 0 && { "http.request.resend_count": this.#attempts }),
    };
    this.#attempts += 1;
    const { tracer, clock } = this.#ports;
    const parent = this.#beginJob().context;
    const options = { kind: SpanKind.CLIENT, startTime: clock.now(), attributes };
    const span = tracer.startSpan(`openai ${key}`, options, parent);
    this.#attempt = { span, context: trace.setSpan(parent, span) };
  }

  attemptEnded({ outcome, isFailure, status, openAiRequestId }: AttemptEnd): void {
    const span = this.#attempt?.span;
    this.#attempt = undefined;
    if (!span) return;
    span.setAttributes({
      "broker.outcome": outcome,
      "http.response.status_code": status,
      "openai.request_id": openAiRequestId,
      "error.type": isFailure ? outcome : undefined,
    });
    if (isFailure) span.setStatus({ code: SpanStatusCode.ERROR });
    span.end(this.#ports.clock.now());
  }

  end(event: RequestEnded): void {
    // Not sampled, and its parts neither.
    if (!this.#span.isRecording()) return;
    const now = this.#ports.clock.now();
    // One for several callers may go on without this one.
    this.#attempt?.span.end(now);
    this.#attempt = undefined;
    if (this.#jobBeganAt !== undefined && event.subject) this.#beginJob();
    if (this.#job) endJob(this.#job.span, event, now);
    this.#span.setAttributes(requestAttributes(event));
    if (event.status >= 500) this.#span.setStatus({ code: SpanStatusCode.ERROR });
    this.#span.end(now);
  }

  // Only for what has something in it: most requests for pages, lists and metrics have not.
  #beginJob(): { span: Span; context: Context } {
    if (this.#job) return this.#job;
    const { tracer, clock } = this.#ports;
    const kind = isForModel(this.#subject) ? SpanKind.CLIENT : SpanKind.INTERNAL;
    const startTime = this.#jobBeganAt ?? clock.now();
    const span = tracer.startSpan(this.#subject?.kind ?? "job", { kind, startTime }, this.#context);
    this.#job = { span, context: trace.setSpan(this.#context, span) };
    return this.#job;
  }
}

const endJob = (span: Span, event: RequestEnded, now: number): void => {
  const { name, attributes } = describeJob(event);
  span.updateName(name);
  span.setAttributes(attributes);
  if (attributes["error.type"] !== undefined) span.setStatus({ code: SpanStatusCode.ERROR });
  span.end(now);
};

const fieldsOf = (context: Context): Record<string, string> => {
  const fields: Record<string, string> = {};
  propagator.inject(context, fields, toFields);
  return fields;
};
