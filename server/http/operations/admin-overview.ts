// GET /admin/api/overview: all figures of the operator's page, in one answer.
import { z } from "zod";
import type { BudgetState } from "../../budgets/states.ts";
import type { Clock } from "../../clock.ts";
import { failureKind, isFailureCode } from "../../failures/failure.ts";
import { dimensions, periods } from "../../ledger/books.ts";
import { type Figures, measures, type Overview, type OverviewQuery } from "../../ledger/overview.ts";
import { filterFields, rangeFields, readFilters, readRange } from "../../ledger/question.ts";
import type { KeyHealth } from "../../upstream/key-health.ts";
import { jsonAnswer } from "../answer.ts";
import type { RequestFacts } from "../facts.ts";
import { acceptWork } from "../middleware/admission.ts";
import { authenticate } from "../middleware/authenticate.ts";
import { limitReports } from "../middleware/limits.ts";
import { requireOperator } from "../middleware/operators.ts";
import { booksFailures, readBooks, refuseFaults } from "../middleware/usage.ts";
import { type budgetStateSchema, type latencySchema, overviewSchema } from "../openapi/admin-schemas.ts";
import { operation, step } from "../operation.ts";
import { readQuery } from "../request/query.ts";

export interface OverviewServices {
  clock: Pick<Clock, "now">;
  /** Rejects as `Books` does. */
  readOverview(query: OverviewQuery): Promise<Overview>;
  /** How far each budget is used. Rejects when the database does not answer. */
  budgetStates(now: number): Promise<readonly BudgetState[]>;
  keyHealth(): readonly KeyHealth[];
}

const query = z.strictObject({
  ...rangeFields,
  period: z.enum(periods).default("day").describe("What one point of the charts sums up."),
  by: z.enum(dimensions).default("user").describe("What the chart is stacked by, and the table has rows of."),
  measure: z.enum(measures).default("cost").describe("What the chart shows, and the table is ordered by."),
  ...filterFields,
});

const readAsked = step(
  ["usage-query-invalid"],
  (facts: RequestFacts, { clock }: { clock: Pick<Clock, "now"> }): { asked: OverviewQuery } => {
    const { by, period, measure, ...fields } = readQuery(query, facts.query, "usage-query-invalid");
    const range = refuseFaults(() => readRange(fields, clock.now()));
    return {
      asked: { ...range, by, period, measure, timeZone: fields.time_zone, where: readFilters(fields) },
    };
  },
);

export const adminOverview = operation({
  routes: { "GET /admin/api/overview": "adminOverview" },
  summary: "Spend, tokens, latencies, refusals, budgets and keys, for operators",
  query,
  answer: jsonAnswer("The figures. Minted, metered and reported ones are never added up.", overviewSchema),
  failures: booksFailures,
  isQuiet: true,
})
  .step(acceptWork)
  .step(authenticate)
  .step(requireOperator)
  .step(limitReports)
  .step(readAsked)
  .handle(async ({ asked }: { asked: OverviewQuery }, services: OverviewServices) => {
    const { readOverview, budgetStates, keyHealth, clock } = services;
    const [overview, budgets] = await Promise.all([
      readBooks(readOverview(asked)),
      budgetStates(clock.now()),
    ]);
    return {
      totals: written(overview.totals),
      rows: overview.rows.map(({ name, ...figures }) => ({ name, ...written(figures) })),
      rows_left_out: overview.rowsLeftOut,
      groups: overview.groups,
      points: overview.points.map(({ at, name = null, value }) => ({ at, name, value })),
      latency: overview.latency ? percentiles(overview.latency) : null,
      latencies: overview.latencies.map((each) => ({
        ...percentiles(each),
        at: each.periodAt ?? asked.since,
      })),
      refusals: overview.refusals.map(({ problem, requests }) => ({
        problem,
        title: titleOf(problem),
        requests,
      })),
      budgets: budgets.map(writtenBudget),
      keys: keyHealth().map(({ name, isUsable, problem = null, sinceMs = null, priority }) => ({
        ...{ name, usable: isUsable, problem, since: sinceMs, priority },
      })),
    };
  });

// Records may be older than this version's catalogue.
const titleOf = (problem: string): string => (isFailureCode(problem) ? failureKind(problem).title : problem);

const percentiles = ({ p50, p95, p99, requests }: z.output<typeof latencySchema>) => ({
  p50,
  p95,
  p99,
  requests,
});

const written = (figures: Figures) => ({
  requests: figures.requests,
  refused: figures.refused,
  failed: figures.failed,
  aborted: figures.aborted,
  cache_hits: figures.cacheHits,
  relayed: figures.relayed,
  tool_calls: figures.toolCalls,
  sessions: figures.sessions,
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
  forecast: state.forecast,
});
