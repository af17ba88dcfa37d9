// The attributes of spans, by OpenTelemetry's conventions for HTTP and generative AI. No prompts, no callers, no secrets. Pure.
import { tokensOf } from "../usage/usage.ts";
import { type Endpoint, endpointOf } from "./endpoint.ts";
import type { JobDone, RequestEnded, Subject } from "./event.ts";
import { redactInput, redactPath } from "./redact.ts";

export type SpanAttributes = Record<string, string | number | boolean | undefined>;

/** OpenTelemetry's names of what a model does; what is not among them has no such name. */
const operations: Partial<Record<Endpoint, string>> = {
  "chat/completions": "chat",
  responses: "chat",
  completions: "text_completion",
  embeddings: "embeddings",
  "images/generations": "generate_content",
  "images/edits": "generate_content",
  "audio/speech": "generate_content",
};

export const requestAttributes = (event: RequestEnded): SpanAttributes => {
  const { requestId, method, route, path, status, refusal, isAborted, cutOff } = event;
  return {
    "http.request.method": method,
    "http.route": route,
    "url.path": redactPath(path),
    "http.response.status_code": status,
    "broker.request_id": requestId,
    "broker.problem": refusal?.code,
    "broker.aborted": isAborted || undefined,
    "broker.cut_off": cutOff,
    "error.type": status >= 500 ? (refusal?.code ?? String(status)) : undefined,
  };
};

/** The span of a job, once its request has ended. A name has only what is bounded: callers may ask for any model. */
export const describeJob = (event: RequestEnded): { name: string; attributes: SpanAttributes } => {
  const { subject, done } = event;
  const error = { "error.type": event.refusal?.code ?? (isBroken(done) ? "broken" : undefined) };
  switch (subject?.kind) {
    case "relay": {
      const endpoint = endpointOf(event.path);
      const operation = operations[endpoint];
      const answered = done?.kind === "relayed" ? done.answeredModel : undefined;
      const name = operation === undefined ? `relay ${endpoint}` : `${operation} ${answered ?? ""}`.trim();
      return {
        name,
        attributes: {
          "gen_ai.operation.name": operation,
          "broker.endpoint": endpoint,
          ...modelAttributes(event),
          ...error,
        },
      };
    }
    case "tool-call":
      return {
        name: `execute_tool ${subject.tool}`,
        attributes: {
          "gen_ai.operation.name": "execute_tool",
          "gen_ai.tool.name": subject.tool,
          "gen_ai.tool.type": "function",
          ...error,
        },
      };
    case "mint":
      return {
        name: `mint ${subject.profile}`,
        attributes: { "broker.profile": subject.profile, ...modelAttributes(event), ...error },
      };
    default:
      return { name: subject?.kind ?? "job", attributes: error };
  }
};

const isBroken = (done: JobDone | undefined): boolean =>
  done?.kind === "relayed" && done.broken !== undefined;

const modelAttributes = ({ model, done }: RequestEnded): SpanAttributes => {
  const asked = model ?? (done && "model" in done ? done.model : undefined);
  return {
    "gen_ai.provider.name": "openai",
    "gen_ai.request.model": asked === undefined ? undefined : redactInput(asked),
    ...(done?.kind === "relayed" && relayedAttributes(done)),
  };
};

const relayedAttributes = (done: Extract<JobDone, { kind: "relayed" }>): SpanAttributes => {
  const tokens = done.usage && tokensOf(done.usage);
  const cost = done.spent?.costNanoUsd;
  return {
    "gen_ai.response.model": done.answeredModel,
    "openai.response.service_tier": done.serviceTier,
    "gen_ai.usage.input_tokens": tokens?.input,
    "gen_ai.usage.output_tokens": tokens?.output,
    "gen_ai.usage.cache_read.input_tokens": tokens?.cached,
    "broker.upstream_key": done.upstreamKey,
    "broker.cache": done.cache,
    "broker.cost_usd": cost === undefined ? undefined : cost / 1e9,
  };
};

/** That a job is for a model makes it a call of another service; everything else is done here. */
export const isForModel = (subject: Subject | undefined): boolean => subject?.kind === "relay";

export const methodName = (method: string): string => (/^[A-Z]{1,16}$/.test(method) ? method : "HTTP");
