// Sums and records of the ledger as the answers have them.
import type { z } from "zod";
import type { SumsQuery } from "../../ledger/books.ts";
import type { Content } from "../../ledger/content.ts";
import { explain } from "../../ledger/explain.ts";
import type { UsageRecord } from "../../ledger/record.ts";
import {
  cachedTokens,
  costUsd,
  inputTokens,
  outputTokens,
  type Spending,
  type UsageReport,
  type UsageRow,
} from "../../ledger/usage-report.ts";
import { type QuantityKind, quantityColumns } from "../../usage/quantities.ts";
import type { usageRecordSchema, usageRecordsSchema, usageSchema } from "../openapi/usage-schemas.ts";

type UsageAnswer = z.output<typeof usageSchema>;
type RecordAnswer = z.output<typeof usageRecordSchema>;

export const usageAnswer = (about: string, query: SumsQuery, report: UsageReport): UsageAnswer => ({
  about,
  since: instant(query.since),
  until: instant(query.until),
  time_zone: query.timeZone,
  rows: report.rows.map(rowOf),
  total: rowOf(report.total),
  unpriced_models: report.unpricedModels,
});

const instant = (at: number): string => new Date(at).toISOString();

const rowOf = (row: UsageRow): UsageAnswer["total"] => ({
  ...(row.periodAt !== undefined && { at: instant(row.periodAt) }),
  ...row.group,
  minted: row.minted,
  tool_calls: row.toolCalls,
  relayed: row.relayed,
  sessions: row.sessions,
  refused: row.refused,
  failed: row.failed,
  aborted: row.aborted,
  cache_hits: row.cacheHits,
  metered: spendingOf(row.metered),
  reports: row.reports,
  reported: spendingOf(row.reported),
});

const spendingOf = (spending: Spending): UsageAnswer["total"]["metered"] => {
  const { quantities, unpriced } = spending;
  const columns = Object.entries(quantityColumns).map(([kind, column]) => [
    column,
    quantities[kind as QuantityKind],
  ]);
  return {
    ...tokensOf(spending),
    ...(Object.fromEntries(columns) as Record<(typeof quantityColumns)[QuantityKind], number>),
    cost_usd: costUsd(spending),
    unpriced,
  };
};

const tokensOf = (spending: Spending) => ({
  input_tokens: inputTokens(spending),
  cached_tokens: cachedTokens(spending),
  output_tokens: outputTokens(spending),
});

/** The names of keys at OpenAI, and the cause of a failure, are for operators. */
export const recordAnswer = (
  record: UsageRecord,
  isOperator: boolean,
): z.output<typeof usageRecordsSchema>["requests"][number] => {
  const { quantities, costNanoUsd, upstreamKey } = record;
  const spending: Spending = { quantities, costNanoUsd, unpriced: 0 };
  return {
    id: record.requestId,
    at: instant(record.at),
    kind: record.kind,
    source: record.source,
    user: record.caller,
    team: record.team ?? null,
    profile: record.profile ?? null,
    rule: record.rule ?? null,
    tool: record.tool ?? null,
    model: record.model ?? null,
    status: record.status,
    problem: record.problem ?? null,
    aborted: record.isAborted,
    cache: record.cache ?? null,
    latency_ms: record.latencyMs,
    tags: [...record.tags],
    ...tokensOf(spending),
    seconds: quantities.seconds,
    images: quantities.images,
    cost_usd: costUsd(spending),
    ...(isOperator && { upstream_key: upstreamKey ?? null }),
  };
};

/** A record with its story. What was said, for operators alone. */
export const storyAnswer = (
  record: UsageRecord,
  isOperator: boolean,
  contents: readonly Content[],
): RecordAnswer => {
  const { story } = record;
  return {
    ...recordAnswer(record, isOperator),
    ...(isOperator && {
      contents: contents.map(({ kind, text, isCut }) => ({ kind, text, is_cut: isCut })),
    }),
    story: {
      why: explain(record, isOperator),
      method: story.method,
      route: story.route,
      session: story.session ?? null,
      limits: [...(story.limits ?? [])],
      pointers: [...(story.pointers ?? [])],
      ...(isOperator && {
        cause: story.cause ?? null,
        openai_request_id: story.openAiRequestId ?? null,
        attempts: [...(story.attempts ?? [])],
      }),
    },
  };
};
