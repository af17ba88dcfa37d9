// Records of the ledger as the operator's page gets them.
import type { z } from "zod";
import { failureKind, isFailureCode } from "../failures/failure.ts";
import type { UsageRecord } from "../ledger/record.ts";
import { totalTokens } from "../usage/quantities.ts";
import type { requestSchema, storySchema } from "./openapi/admin-schemas.ts";

export const requestOf = (record: UsageRecord): z.output<typeof requestSchema> => {
  const { input, output } = totalTokens(record.quantities);
  return {
    id: record.requestId,
    at: record.at,
    kind: record.kind,
    source: record.source,
    user: record.caller,
    team: record.team ?? null,
    profile: record.profile ?? null,
    rule: record.rule ?? null,
    tool: record.tool ?? null,
    model: record.model ?? null,
    upstream_key: record.upstreamKey ?? null,
    status: record.status,
    problem: record.problem ?? null,
    aborted: record.isAborted,
    cache: record.cache ?? null,
    latency_ms: record.latencyMs,
    tags: [...record.tags],
    quantities: Object.fromEntries(Object.entries(record.quantities).filter(([, amount]) => amount !== 0)),
    input_tokens: input,
    output_tokens: output,
    cost_nano_usd: record.costNanoUsd ?? null,
  };
};

export const storyOf = (record: UsageRecord): z.output<typeof storySchema> => {
  const { story, problem } = record;
  const kind = problem !== undefined && isFailureCode(problem) ? failureKind(problem) : undefined;
  return {
    ...requestOf(record),
    title: kind?.title ?? null,
    advice: kind?.advice ?? null,
    story: {
      method: story.method,
      route: story.route,
      openai_request_id: story.openAiRequestId ?? null,
      limits: [...(story.limits ?? [])],
      pointers: [...(story.pointers ?? [])],
      attempts: (story.attempts ?? []).map(({ key, outcome, ms }) => ({ key, outcome, ms })),
      cause: story.cause ?? null,
      session: story.session ?? null,
    },
  };
};
