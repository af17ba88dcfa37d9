// One log line for each request, when it has ended.

import { tokensOf, type Usage } from "../usage/usage.ts";
import { describeCause } from "./describe-error.ts";
import type { Attempt, JobDone, Refused, RequestEnded, Subject, Subscriber } from "./event.ts";
import type { EventCaller } from "./event-caller.ts";
import type { Log } from "./log.ts";
import { redactPath, redactStack } from "./redact.ts";

/** `identify` says under which identifier OpenAI knows a caller; undefined where the log is not to know it. */
export const requestLog =
  (log: Log, identify: (caller: EventCaller) => string | undefined): Subscriber =>
  (event) => {
    if (event.kind !== "request-ended") return;
    const { requestId, method, route, path, status, ms, client, caller } = event;
    log.write(severityOf(event), "request", {
      request_id: requestId,
      method,
      route,
      path: path === route ? undefined : redactPath(path),
      status,
      ms,
      ...(client !== undefined && { client }),
      // A guest's id holds an address, which the log has no need of.
      caller: caller?.kind === "guest" ? "guest" : caller?.id,
      team: caller?.team,
      safety_identifier: caller && isForOpenAi(event.subject) ? identify(caller) : undefined,
      ...(event.subject && fieldsOfSubject(event.subject)),
      ...(event.model !== undefined && { model: event.model }),
      ...(event.done && fieldsOfJob(event.done)),
      ...(event.refusal && fieldsOfRefusal(event.refusal)),
      attempts: event.attempts?.map(fieldsOfAttempt),
      tags: event.tags,
      aborted: event.isAborted || undefined,
      cut_off: event.cutOff,
      trace_id: event.traceId,
    });
  };

const isForOpenAi = (subject: Subject | undefined): boolean =>
  subject?.kind === "mint" || subject?.kind === "relay";

const severityOf = ({ status, refusal, isQuiet }: RequestEnded): "error" | "info" | "debug" => {
  // A call over MCP may fail in an answer that went well.
  if (status >= 500 || (status < 400 && (refusal?.status ?? 0) >= 500)) return "error";
  return isQuiet ? "debug" : "info";
};

const fieldsOfSubject = (subject: Subject): Record<string, unknown> => {
  switch (subject.kind) {
    case "mint":
      return { profile: subject.profile };
    case "tool-call":
      return { tool: subject.tool };
    case "relay":
      return { relay: subject.rule };
    case "report":
      return { profile: subject.profile };
  }
};

const fieldsOfJob = (job: JobDone): Record<string, unknown> => {
  switch (job.kind) {
    case "minted":
    case "session-started":
      return {
        session: job.session,
        openai_request_id: job.openAiRequestId,
        upstream_key: job.upstreamKey,
      };
    case "call-started":
      return { upstream_key: job.upstreamKey };
    case "ticket-issued":
      return { session: job.session };
    case "tool-called":
      return {};
    case "reported":
      return { session: job.session, model: job.model, reported_tokens: loggedTokens(job.usage) };
    case "relayed":
      return fieldsOfRelayed(job);
  }
};

const fieldsOfRelayed = ({
  model,
  upstreamKey,
  cache,
  openAiRequestId,
  usage,
  spent,
  broken,
}: Extract<JobDone, { kind: "relayed" }>): Record<string, unknown> => ({
  model,
  upstream_key: upstreamKey,
  cache,
  openai_request_id: openAiRequestId,
  tokens: usage && loggedTokens(usage),
  cost_usd: spent?.costNanoUsd === undefined ? undefined : spent.costNanoUsd / 1e9,
  broken: broken?.message,
});

const loggedTokens = (usage: Usage) => {
  const tokens = tokensOf(usage);
  return tokens && { input: tokens.input, output: tokens.output, cached: tokens.cached };
};

const fieldsOfAttempt = ({ key, outcome, ms, status, openAiRequestId }: Attempt) => ({
  ...{ key, outcome, ms, status },
  openai_request_id: openAiRequestId,
});

const fieldsOfRefusal = ({ code, reason, limits, pointers, cause }: Refused): Record<string, unknown> => ({
  problem: code,
  reason,
  limits,
  errors: pointers,
  cause: describeCause(cause),
  // Of expected failures the place in the code says nothing.
  stack: code === "internal" && cause instanceof Error ? redactStack(cause.stack ?? "") : undefined,
});
