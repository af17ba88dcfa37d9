// A receiver of traces by OTLP over HTTP, as OpenTelemetry's collector is one: it keeps the spans that it gets.
import { json } from "node:stream/consumers";
import { serve, type TestServer } from "./server.ts";
import { until } from "./wait.ts";

interface Value {
  stringValue?: string;
  intValue?: string | number;
  doubleValue?: number;
  boolValue?: boolean;
}

interface WireSpan {
  traceId: string;
  spanId: string;
  parentSpanId?: string;
  name: string;
  /** 1 internal, 2 server, 3 client. */
  kind: number;
  startTimeUnixNano: string;
  endTimeUnixNano: string;
  attributes: { key: string; value: Value }[];
  /** 2 is an error. */
  status: { code?: number };
}

export interface ReceivedSpan extends Omit<WireSpan, "attributes"> {
  attributes: Record<string, string | number | boolean | undefined>;
}

export interface OtlpReceiver extends TestServer {
  spans: ReceivedSpan[];
  /** Attributes of the service that sent them. */
  resource: Record<string, string | number | boolean | undefined>;
  /** Headers of the requests. */
  headers: Record<string, unknown>[];
  /** Waits until a span of this name has come, and returns the newest. */
  span(name: string): Promise<ReceivedSpan>;
}

interface Message {
  resourceSpans: {
    resource: { attributes: WireSpan["attributes"] };
    scopeSpans: { spans: WireSpan[] }[];
  }[];
}

/** `status` is answered to each batch. */
export const startOtlpReceiver = async (status = 200): Promise<OtlpReceiver> => {
  const spans: ReceivedSpan[] = [];
  const headers: OtlpReceiver["headers"] = [];
  const resource: OtlpReceiver["resource"] = {};
  const server = await serve(async (request, response) => {
    headers.push({ ...request.headers, path: request.url });
    const { resourceSpans } = (await json(request)) as Message;
    for (const each of status === 200 ? resourceSpans : []) {
      Object.assign(resource, valuesOf(each.resource.attributes));
      for (const span of each.scopeSpans.flatMap((scope) => scope.spans))
        spans.push({ ...span, attributes: valuesOf(span.attributes) });
    }
    response.writeHead(status, { "content-type": "application/json" }).end("{}");
  });
  return {
    ...server,
    spans,
    resource,
    headers,
    span: async (name) => {
      await until(`a span ${name} came`, () => spans.some((span) => span.name === name));
      return spans.findLast((span) => span.name === name) as ReceivedSpan;
    },
  };
};

const valuesOf = (attributes: WireSpan["attributes"]): ReceivedSpan["attributes"] =>
  Object.fromEntries(
    attributes.map(({ key, value }) => {
      const { stringValue, intValue, doubleValue, boolValue } = value;
      return [
        key,
        stringValue ?? doubleValue ?? boolValue ?? (intValue === undefined ? undefined : Number(intValue)),
      ];
    }),
  );
