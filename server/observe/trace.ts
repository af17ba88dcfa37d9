// The port of traces: what one request tells of itself while it runs. Where traces are off, there is none of it.
import type { AttemptTrace } from "./attempt-trace.ts";
import type { RequestEnded, Subject } from "./event.ts";

export interface RequestTrace extends AttemptTrace {
  /** 32 hexadecimal digits. */
  readonly traceId: string;
  /** What of the trace tools get: `traceparent`, and `tracestate` where the caller sent one. */
  readonly toolFields: Readonly<Record<string, string>>;
  /** The steps let the request pass, and its handler begins. */
  jobBegins(subject: Subject | undefined): void;
  /** To be called once, at the end. */
  end(event: RequestEnded): void;
}

/** What a trace begins with. */
export interface TracedRequest {
  method: string;
  /** As the table of operations has it. */
  route: string;
  /** As the caller sent them. */
  traceparent: string | undefined;
  tracestate: string | undefined;
}

export interface Tracing {
  begin(request: TracedRequest): RequestTrace;
}
