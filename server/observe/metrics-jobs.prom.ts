// The metrics of jobs: mints, tool calls and relayed answers, with what these used and cost.
import { Counter, Histogram, type Registry } from "prom-client";
import { countedUsage } from "../usage/usage.ts";
import { boundedLabel } from "./bounded-label.ts";
import { endpointOf } from "./endpoint.ts";
import type { JobDone, Refused, RequestEnded, Subject } from "./event.ts";
import { latencyBuckets, upstreamBuckets } from "./latency-buckets.ts";
import { type Outcome, outcomeOf } from "./metrics.ts";

/** Every series is kept until the process ends, and each model has four. */
const MAX_MODELS = 100;

export interface JobMetrics {
  onDone(event: JobDone): void;
  onRefused(event: Refused): void;
  onEnded(event: RequestEnded): void;
}

export const jobMetrics = (registers: Registry[]): JobMetrics => {
  const mints = new Counter({
    name: "broker_mints_total",
    help: "Keys asked of OpenAI and tickets of the service's own, by profile and outcome",
    labelNames: ["profile", "outcome"],
    registers,
  });
  const mintSeconds = new Histogram({
    name: "broker_mint_seconds",
    help: "Time OpenAI took to mint",
    buckets: upstreamBuckets,
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
    buckets: latencyBuckets,
    registers,
  });
  const relayed = relayMetrics(registers);
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
  return {
    onDone: (event) => {
      switch (event.kind) {
        case "minted":
        case "call-started":
          return countJob({ kind: "mint", profile: event.profile }, "ok", event.seconds);
        case "tool-called":
          return countJob({ kind: "tool-call", tool: event.tool }, "ok", event.seconds);
        case "relayed":
          return relayed.onDone(event);
        // Made here: the time that OpenAI takes is that of starts.
        case "ticket-issued":
          return mints.inc({ profile: event.profile, outcome: "ok" });
        // What a page says is no measurement, and of starts there are metrics of their own.
        case "reported":
        case "session-started":
      }
    },
    onRefused: ({ code, status, seconds, subject }) => {
      // A call with invalid arguments is one, though the tool did not run. What else is refused before its job is none.
      if (seconds === undefined && code !== "arguments-invalid") return;
      countJob(subject, outcomeOf(code, status), seconds ?? 0);
    },
    onEnded: relayed.onEnded,
  };
};

type Relayed = Extract<JobDone, { kind: "relayed" }>;

const relayMetrics = (registers: Registry[]) => {
  const seconds = new Histogram({
    name: "broker_relay_seconds",
    help: "From the beginning of a relayed request's job to the end of OpenAI's answer, by the key that answered and the endpoint",
    labelNames: ["key", "endpoint"],
    buckets: upstreamBuckets,
    registers,
  });
  const tokens = new Counter({
    name: "broker_relayed_tokens_total",
    help: "Tokens of relayed answers that OpenAI was asked for, by model and kind",
    labelNames: ["model", "kind"],
    registers,
  });
  const cost = new Counter({
    name: "broker_relayed_cost_usd_total",
    help: "Cost of relayed answers in US dollars, by model, where its price is known",
    labelNames: ["model"],
    registers,
  });
  const unpriced = new Counter({
    name: "broker_relayed_unpriced_total",
    help: "Relayed answers with usage whose cost is unknown, by model",
    labelNames: ["model"],
    registers,
  });
  const cacheLooks = new Counter({
    name: "broker_relay_cache_total",
    help: "Relayed answers that could come from the cache, by outcome: hit, joined or miss",
    labelNames: ["outcome"],
    registers,
  });
  const modelLabel = boundedLabel(MAX_MODELS);
  const countCost = (model: string, spent: Relayed["spent"]): void => {
    if (spent?.costNanoUsd === undefined) unpriced.inc({ model });
    else cost.inc({ model }, spent.costNanoUsd / 1e9);
  };
  return {
    onDone: (event: Relayed): void => {
      if (event.cache !== undefined) cacheLooks.inc({ outcome: event.cache });
      const counted = countedUsage(event);
      if (!counted || !event.countsUsage) return;
      const model = modelLabel(counted.model);
      tokens.inc({ model, kind: "input" }, counted.input);
      tokens.inc({ model, kind: "output" }, counted.output);
      countCost(model, event.spent);
    },
    onEnded: ({ done, path }: RequestEnded): void => {
      if (done?.kind !== "relayed" || done.upstreamKey === undefined || done.cache === "hit") return;
      seconds.observe({ key: done.upstreamKey, endpoint: endpointOf(path) }, done.seconds);
    },
  };
};
