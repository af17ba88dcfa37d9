// The counters in Prometheus' format, through prom-client.

import { Counter, collectDefaultMetrics, Gauge, Histogram, Registry } from "prom-client";
import { countedUsage } from "../usage/usage.ts";

import type { JobDone, Subject, Subscriber } from "./event.ts";
import { type Metrics, type Outcome, outcomeOf } from "./metrics.ts";
import { auditMetrics } from "./metrics-audit.prom.ts";
import { budgetMetrics } from "./metrics-budgets.prom.ts";
import { ledgerMetrics } from "./metrics-ledger.prom.ts";

/** Every series is kept until the process ends, and each model has two. */
const MAX_MODELS = 100;
/** Node's parser takes 35 methods, most of which nothing here answers. */
const methods = new Set(["GET", "HEAD", "POST", "PUT", "PATCH", "DELETE", "OPTIONS"]);

const buckets = [0.001, 0.005, 0.01, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10];

/** A registry of its own, so that two services in one process do not share counts. */
export const prometheusMetrics = (): Metrics => {
  const registry = new Registry();
  const registers = [registry];
  collectDefaultMetrics({ register: registry });
  const requests = new Histogram({
    name: "broker_http_request_seconds",
    help: "Requests by method, route and status",
    labelNames: ["method", "route", "status"],
    buckets,
    registers,
  });
  const mints = new Counter({
    name: "broker_mints_total",
    help: "Keys asked of OpenAI, by profile and outcome",
    labelNames: ["profile", "outcome"],
    registers,
  });
  const mintSeconds = new Histogram({
    name: "broker_mint_seconds",
    help: "Time OpenAI took to mint",
    buckets,
    registers,
  });
  const toolCalls = new Counter({
    name: "broker_tool_calls_total",
    help: "Tool calls by tool and outcome",
    labelNames: ["tool", "outcome"],
    registers,
  });
  const toolSeconds = new Histogram({
    name: "broker_tool_call_seconds",
    help: "Time a tool took",
    labelNames: ["tool"],
    buckets,
    registers,
  });
  const refusals = new Counter({
    name: "broker_refusals_total",
    help: "Requests refused, by the code of the problem",
    labelNames: ["problem"],
    registers,
  });
  const credentialsRejected = new Counter({
    name: "broker_credentials_rejected_total",
    help: "Rejected credentials, by the reason that the log line gives",
    labelNames: ["reason"],
    registers,
  });
  const limitsReached = new Counter({
    name: "broker_limits_reached_total",
    help: "Requests that found a limit used up, by limit",
    labelNames: ["limit"],
    registers,
  });
  const limitsCounted = new Counter({
    name: "broker_limits_counted_total",
    help: "Counts of limits, by who counted: redis, or fallback while Redis does not answer",
    labelNames: ["by"],
    registers,
  });
  const fallback = new Gauge({
    name: "broker_limits_fallback",
    help: "1 while this replica counts limits by itself, because Redis does not answer",
    registers,
  });
  const upstreamAttempts = new Counter({
    name: "broker_upstream_attempts_total",
    help: "Attempts with a key at OpenAI, by key and outcome",
    labelNames: ["key", "outcome"],
    registers,
  });
  const upstreamKeyUsable = new Gauge({
    name: "broker_upstream_key_usable",
    help: "1 while a key at OpenAI is used; 0 while OpenAI refuses it or a breaker is open",
    labelNames: ["key"],
    registers,
  });
  const upstreamBreakerOpen = new Gauge({
    name: "broker_upstream_breaker_open",
    help: "1 while a key at OpenAI is out for a family of endpoints, because it could not be reached",
    labelNames: ["key", "family"],
    registers,
  });
  const relayedTokens = new Counter({
    name: "broker_relayed_tokens_total",
    help: "Tokens of relayed answers that OpenAI was asked for, by model and kind",
    labelNames: ["model", "kind"],
    registers,
  });
  const cacheLooks = new Counter({
    name: "broker_relay_cache_total",
    help: "Relayed answers that could come from the cache, by outcome: hit, joined or miss",
    labelNames: ["outcome"],
    registers,
  });
  const fatalErrors = new Counter({
    name: "broker_fatal_errors_total",
    help: "Errors that nobody caught; after the first the process drains and ends",
    registers,
  });
  const budgets = budgetMetrics(registers);
  const modelLabel = boundedLabel(MAX_MODELS);
  const countJob = (subject: Subject | undefined, outcome: Outcome, seconds: number): void => {
    if (subject?.kind === "mint") {
      mints.inc({ profile: subject.profile, outcome });
      mintSeconds.observe(seconds);
    }
    if (subject?.kind === "tool-call") {
      toolCalls.inc({ tool: subject.tool, outcome });
      toolSeconds.observe({ tool: subject.tool }, seconds);
    }
  };
  const countRelayed = (event: Extract<JobDone, { kind: "relayed" }>): void => {
    if (event.cache !== undefined) cacheLooks.inc({ outcome: event.cache });
    const counted = countedUsage(event);
    if (!counted || !event.countsUsage) return;
    const model = modelLabel(counted.model);
    relayedTokens.inc({ model, kind: "input" }, counted.input);
    relayedTokens.inc({ model, kind: "output" }, counted.output);
  };
  const onEvent: Subscriber = (event) => {
    switch (event.kind) {
      case "minted":
      case "call-started":
        return countJob({ kind: "mint", profile: event.profile }, "ok", event.seconds);
      case "tool-called":
        return countJob({ kind: "tool-call", tool: event.tool }, "ok", event.seconds);
      case "relayed":
        return countRelayed(event);
      case "refused":
        refusals.inc({ problem: event.code });
        for (const limit of event.limits ?? []) limitsReached.inc({ limit });
        if (event.reason !== undefined) credentialsRejected.inc({ reason: event.reason });
        // A call with invalid arguments is one, though the tool did not run. What else is refused before its job is none.
        if (event.seconds === undefined && event.code !== "arguments-invalid") return;
        return countJob(event.subject, outcomeOf(event.code, event.status), event.seconds ?? 0);
      case "request-ended": {
        const method = methods.has(event.method) ? event.method : "other";
        requests.observe({ method, route: event.route, status: event.status }, event.ms / 1000);
        return;
      }
      // What a page says is no measurement.
      case "reported":
        return;
      case "budget-reached":
        return budgets.onReached(event);
      case "operator-acted":
      case "origin-refused":
      case "proxy-unknown":
    }
  };
  return {
    onEvent,
    ...auditMetrics(registers),
    watchBudgets: budgets.watch,
    fatalError: () => fatalErrors.inc(),
    upstreamAttempt: (key, outcome) => upstreamAttempts.inc({ key, outcome }),
    upstreamKeyUsable: (key, usable) => upstreamKeyUsable.set({ key }, usable ? 1 : 0),
    upstreamBreakerOpen: (key, family, open) => upstreamBreakerOpen.set({ key, family }, open ? 1 : 0),
    limitsCounted: (by) => {
      limitsCounted.inc({ by });
      fallback.set(by === "fallback" ? 1 : 0);
    },
    ledger: ledgerMetrics(registers),
    render: async () => ({ contentType: registry.contentType, body: await registry.metrics() }),
  };
};

/** The label for a value: the first `max` distinct values label themselves, all later ones are `other`. */
const boundedLabel = (max: number): ((value: string) => string) => {
  const known = new Set<string>();
  return (value) => {
    if (known.has(value)) return value;
    if (known.size >= max) return "other";
    known.add(value);
    return value;
  };
};
