// GET /admin/api/overview: all figures of the operator's page, in one answer.
import { z } from "zod";
import type { BudgetState } from "../../budgets/state.ts";
import type { Books } from "../../ledger/books.ts";
import { type Figures, measures, readOverview } from "../../ledger/overview.ts";
import type { KeyHealth } from "../../upstream/key-health.ts";
import { dimensionNames, filterFields, filtersOf, rangeFields } from "../admin-query.ts";
import { jsonAnswer } from "../answer.ts";
import { acceptWork } from "../middleware/admission.ts";
import { authenticate } from "../middleware/authenticate.ts";
import { limitInFlight } from "../middleware/limits.ts";
import { requireOperator } from "../middleware/operator.ts";
import { budgetStateSchema, figureFields, keyHealthSchema, latencySchema } from "../openapi/admin-schemas.ts";
import { operation, step } from "../operation.ts";
import { readQueryBy } from "../request/input.ts";

export interface OverviewServices {
  books: Books;
  budgetStates(): Promise<readonly BudgetState[]>;
  keyHealth(): readonly KeyHealth[];
}

const query = z.strictObject({
  ...rangeFields,
  period: z.enum(["hour", "day"]).default("day").describe("What one point of the charts sums up."),
  by: z.enum(dimensionNames).default("user").describe("What the chart is stacked by, and the table has rows of."),
  measure: z.enum(measures).default("cost").describe("What the chart shows, and the table is ordered by."),
  ...filterFields,
});

const readOverviewQuery = step(["admin-request-invalid"], (facts: { query: string }) => ({
  overviewQuery: readQueryBy(query, facts.query, "admin-request-invalid"),
}));

const overviewSchema = z.strictObject({
  totals: z.strictObject(figureFields),
  rows: z.array(z.strictObject({ name: z.string().describe("Empty where a record has none."), ...figureFields })),
  rows_left_out: z.int(),
  groups: z.array(z.string()).describe("The largest, which have points of their own."),
  points: z.array(
    z.strictObject({
      at: z.int().describe("When the hour or day begins, in milliseconds since 1970."),
      name: z.string().nullable().describe("A group; null for all together."),
      value: z.number(),
    }),
  ),
  latency: latencySchema.nullable(),
  latencies: z.array(latencySchema.extend({ at: z.int() })),
  refusals: z.array(z.strictObject({ problem: z.string(), requests: z.int() })),
  budgets: z.array(budgetStateSchema),
  keys: z.array(keyHealthSchema),
});

export const adminOverview = operation({
  routes: { "GET /admin/api/overview": "adminOverview" },
  summary: "Spend, tokens, latencies, refusals, budgets and keys, for operators",
  query,
  answer: jsonAnswer("The figures. Minted, metered and reported ones are never added up.", overviewSchema),
  isQuiet: true,
})
  .step(acceptWork)
  .step(authenticate)
  .step(requireOperator)
  .step(limitInFlight)
  .step(readOverviewQuery)
  .handle(async ({ overviewQuery }, { books, budgetStates, keyHealth }: OverviewServices) => {
    const { since, until, time_zone: timeZone, by, period, measure } = overviewQuery;
    const where = filtersOf(overviewQuery);
    const [overview, budgets] = await Promise.all([
      readOverview(books, { since, until, timeZone, by, period, measure, where }),
      budgetStates(),
    ]);
    return {
      totals: written(overview.totals),
      rows: overview.rows.map(({ name, ...figures }) => ({ name, ...written(figures) })),
      rows_left_out: overview.rowsLeftOut,
      groups: overview.groups,
      points: overview.points.map(({ at, name = null, value }) => ({ at, name, value })),
      latency: overview.latency ? percentiles(overview.latency) : null,
      latencies: overview.latencies.map((each) => ({ ...percentiles(each), at: each.periodAt ?? since })),
      refusals: overview.refusals.map(({ problem, requests }) => ({ problem, requests })),
      budgets: budgets.map(writtenBudget),
      keys: keyHealth().map(({ name, isUsable, problem = null, sinceMs = null, priority }) => ({
        ...{ name, usable: isUsable, problem, since: sinceMs, priority },
      })),
    };
  });

const percentiles = ({ p50, p95, p99, requests }: z.output<typeof latencySchema>) => ({ p50, p95, p99, requests });

const written = (figures: Figures) => ({
  requests: figures.requests,
  refused: figures.refused,
  failed: figures.failed,
  aborted: figures.aborted,
  cache_hits: figures.cacheHits,
  relayed: figures.relayed,
  tool_calls: figures.toolCalls,
  input_tokens: figures.inputTokens,
  cached_tokens: figures.cachedTokens,
  output_tokens: figures.outputTokens,
  cost_nano_usd: figures.costNanoUsd,
  unpriced: figures.unpriced,
  keys: figures.keys,
  reports: figures.reports,
  reported_tokens: figures.reportedTokens,
  reported_nano_usd: figures.reportedNanoUsd,
});

const writtenBudget = (state: BudgetState): z.output<typeof budgetStateSchema> => ({
  name: state.name,
  scope: state.scope,
  key: state.key,
  used: state.used,
  limit: state.limit,
  unit: state.unit,
  period_start: state.periodStart,
  renews_at: state.renewsAt,
  forecast: state.forecast ?? null,
});
