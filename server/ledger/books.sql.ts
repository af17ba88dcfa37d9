// The ledger's tables, read by SQL that SQLite and Postgres both understand.
import type { Row } from "../store/database.ts";
import type { Reader } from "../store/reader.ts";
import { noQuantities, type Quantities, type QuantityKind, quantityColumns } from "../usage/quantities.ts";
import {
  type Books,
  type Latencies,
  type LatencyQuery,
  MAX_SEARCHED,
  MAX_SUMS,
  type RefusalSums,
  type Sums,
  type SumsQuery,
  TooManySums,
} from "./books.ts";
import { type Calendar, calendarOf } from "./calendar.ts";
import { type Content, type ContentKind, contentKinds } from "./content.ts";
import { type BucketCount, percentileOf } from "./latencies.ts";
import type { RecordKind, RecordSource, UsageRecord } from "./record.ts";
import { recordsQuery, refusalsQuery, sessionQuery } from "./records-query.ts";
import { dimensionColumns } from "./slices.ts";
import { createValues, hoursOf, periodColumn, type Sql, sumsQuery } from "./sums-query.ts";

export const sqlBooks = (reader: Pick<Reader, "all">): Books => ({
  sums: async (query) => {
    const { sql, values } = sumsQuery(query);
    const rows = await reader.all(sql, values);
    if (rows.length > MAX_SUMS) throw new TooManySums();
    const calendar = calendarOf(query.timeZone);
    return rows.map((row) => sumsOf(row, query, calendar));
  },

  latencies: async (query) => {
    const calendar = calendarOf(query.timeZone);
    const { sql, values } = latencyQuery(query, calendar);
    const rows = await reader.all(sql, values);
    const periods = Map.groupBy(rows, ({ period }) => period);
    return [...periods.values()].map((counts) => latenciesOf(counts, query, calendar));
  },

  refusals: async (query) => {
    const { sql, values } = refusalsQuery(query);
    return (await reader.all(sql, values)).map(
      (row): RefusalSums => ({ problem: String(row.problem), requests: Number(row.requests) }),
    );
  },

  records: async (query) => {
    const { sql, values } = recordsQuery(query);
    return (await reader.all(sql, values)).map(recordOf);
  },

  find: async (requestId) => {
    const sql = "select * from usage_records where request_id = $1 order by at limit 1";
    const [row] = await reader.all(sql, [requestId]);
    if (row) return recordOf(row);
    // OpenAI's clients show OpenAI's id in their errors; that of ours is in another header.
    if (!/^req_\w{1,64}$/.test(requestId)) return undefined;
    const rows = await reader.all(openAiIdQuery, [`%"openAiRequestId":"${requestId}"%`, MAX_SEARCHED]);
    return rows.map(recordOf).find(({ story }) => story.openAiRequestId === requestId);
  },

  ofSession: async (query) => {
    const { sql, values } = sessionQuery(query);
    const records = (await reader.all(sql, values)).map(recordOf);
    // In a pattern each `_` of an id stands for any character.
    return records.filter(({ story }) => story.session === query.id);
  },

  contents: async (requestId) => {
    const found = (await reader.all(contentQuery, [requestId])).map(contentOf);
    return found.sort((one, other) => contentKinds.indexOf(one.kind) - contentKinds.indexOf(other.kind));
  },
});

const contentOf = (row: Row): Content => ({
  requestId: String(row.request_id),
  at: Number(row.at),
  kind: String(row.kind) as ContentKind,
  text: String(row.content),
  isCut: Number(row.is_cut) === 1,
});

const contentQuery = "select request_id, kind, at, is_cut, content from usage_contents where request_id = $1";

const openAiIdQuery = `select * from (select * from usage_records order by at desc limit $2) as searched
  where story like $1 order by at desc limit 10`;

const sumsOf = (row: Row, { by, period }: SumsQuery, calendar: Calendar): Sums => ({
  group: Object.fromEntries(by.map((each) => [each, String(row[dimensionColumns[each]])])),
  periodAt: momentOf(row, period, calendar),
  source: String(row.source) as RecordSource,
  answered: Number(row.answered),
  refused: Number(row.refused),
  failed: Number(row.failed),
  aborted: Number(row.aborted),
  cacheHits: Number(row.cache_hits),
  quantities: quantitiesOf(row),
  costNanoUsd: Number(row.cost_nano_usd),
  unpriced: Number(row.unpriced),
});

const momentOf = (row: Row, period: SumsQuery["period"], calendar: Calendar): number | undefined => {
  if (period === undefined) return undefined;
  return period === "hour" ? Number(row.period) : calendar.dayAt(Number(row.period));
};

const columnsOfQuantities = Object.entries(quantityColumns) as [QuantityKind, string][];

const quantitiesOf = (row: Row): Quantities => {
  const quantities = { ...noQuantities };
  for (const [kind, column] of columnsOfQuantities) quantities[kind] = Number(row[column]);
  return quantities;
};

const latencyQuery = (query: LatencyQuery, calendar: Calendar): Sql => {
  const { values, put } = createValues();
  const { from, to } = hoursOf(query);
  const period = periodColumn(query.period, { from, to }, calendar, put) ?? "0";
  const kind = query.kind === undefined ? "" : ` and kind = ${put(query.kind)}`;
  const sql = `select period, bucket, cast(sum(requests) as double precision) as requests
    from (select ${period} as period, bucket, requests from usage_latencies
      where at >= ${put(from)} and at < ${put(to)}${kind}) as counts
    group by period, bucket order by period, bucket`;
  return { sql, values };
};

const latenciesOf = (rows: readonly Row[], { period }: LatencyQuery, calendar: Calendar): Latencies => {
  const counts = rows.map((row): BucketCount => {
    return { bucket: Number(row.bucket), requests: Number(row.requests) };
  });
  return {
    periodAt: momentOf(rows[0] ?? {}, period, calendar),
    p50: percentileOf(counts, 0.5),
    p95: percentileOf(counts, 0.95),
    p99: percentileOf(counts, 0.99),
    requests: counts.reduce((sum, { requests }) => sum + requests, 0),
  };
};

const textOf = (value: Row[string] | undefined): string | undefined =>
  value === null || value === undefined ? undefined : String(value);

const recordOf = (row: Row): UsageRecord => ({
  requestId: String(row.request_id),
  at: Number(row.at),
  kind: String(row.kind) as RecordKind,
  source: String(row.source) as RecordSource,
  caller: String(row.caller),
  team: textOf(row.team),
  profile: textOf(row.profile),
  rule: textOf(row.rule),
  tool: textOf(row.tool),
  upstreamKey: textOf(row.upstream_key),
  model: textOf(row.model),
  status: Number(row.status),
  problem: textOf(row.problem),
  isAborted: row.aborted === 1,
  cache: textOf(row.cache) as UsageRecord["cache"],
  latencyMs: Number(row.latency_ms),
  tags: JSON.parse(String(row.tags)),
  quantities: quantitiesOf(row),
  costNanoUsd: row.cost_nano_usd === null ? undefined : Number(row.cost_nano_usd),
  story: JSON.parse(String(row.story)),
});
