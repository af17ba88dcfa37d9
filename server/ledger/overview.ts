// What the operator's page draws: sums over a range, as a chart over time and as a table by one dimension.
import type { Books, Dimension, Latencies, Period, RefusalSums, Sums, SumsQuery } from "./books.ts";
import { cachedTokens, inputTokens, outputTokens } from "./usage-report.ts";

/** What a chart shows; figures of different sources are never added up. */
export const measures = ["cost", "tokens", "requests", "keys", "reported"] as const;
export type Measure = (typeof measures)[number];

export interface OverviewQuery extends Pick<SumsQuery, "since" | "timeZone" | "until" | "where"> {
  by: Dimension;
  period: Period;
  measure: Measure;
}

/** Sums of all sources, each in fields of its own. */
export interface Figures {
  /** What passed this service. */
  requests: number;
  refused: number;
  failed: number;
  aborted: number;
  cacheHits: number;
  relayed: number;
  toolCalls: number;
  /** Supervised voice sessions that were started. */
  sessions: number;
  inputTokens: number;
  cachedTokens: number;
  outputTokens: number;
  costNanoUsd: number;
  unpriced: number;
  /** Keys that were handed out. */
  keys: number;
  /** What pages told of their sessions. */
  reports: number;
  reportedTokens: number;
  reportedNanoUsd: number;
}

export interface ChartPoint {
  /** When the period begins, in milliseconds since 1970. */
  at: number;
  /** Undefined for everything together. */
  name: string | undefined;
  value: number;
}

export interface Overview {
  totals: Figures;
  /** The largest first, at most `MAX_ROWS`. */
  rows: (Figures & { name: string })[];
  /** How many more there are. */
  rowsLeftOut: number;
  /** Names of the largest groups, which have points of their own. */
  groups: string[];
  points: ChartPoint[];
  latency: Latencies | undefined;
  latencies: Latencies[];
  refusals: RefusalSums[];
}

/** Colours that can be told apart are few. */
const MAX_GROUPS = 6;
const MAX_ROWS = 200;

/** Rejects when the database does not answer. */
export const readOverview = async (books: Books, query: OverviewQuery): Promise<Overview> => {
  const { by, period, measure, since, until, timeZone, where } = query;
  const range = { since, until, timeZone, where };
  const times = { since, until, timeZone, kind: undefined };
  const [table, whole, [latency], latencies, refusals] = await Promise.all([
    books.sums({ ...range, by: [by, "kind"], period: undefined }),
    books.sums({ ...range, by: [], period }),
    books.latencies({ ...times, period: undefined }),
    books.latencies({ ...times, period }),
    books.refusals({ since, until, where }),
  ]);
  const rows = rowsOf(table, by).toSorted((a, b) => compare(a, b, measure));
  const groups = rows.filter((row) => figureOf(row, measure) > 0).slice(0, MAX_GROUPS);
  const names = groups.map(({ name }) => name);
  const parts = await partsOf(books, { ...range, by: [by], period }, names, by);
  return {
    totals: figuresOf(table),
    rows: rows.slice(0, MAX_ROWS),
    rowsLeftOut: Math.max(0, rows.length - MAX_ROWS),
    groups: names,
    points: [...pointsOf(whole, measure), ...pointsOf(parts, measure, by)],
    latency: latency && latency.requests > 0 ? latency : undefined,
    latencies,
    refusals,
  };
};

const partsOf = async (
  books: Books,
  query: SumsQuery,
  names: readonly string[],
  by: Dimension,
): Promise<Sums[]> =>
  names.length === 0 ? [] : books.sums({ ...query, where: { ...query.where, [by]: names } });

const compare = (a: Figures & { name: string }, b: Figures & { name: string }, measure: Measure): number =>
  figureOf(b, measure) - figureOf(a, measure) || b.requests - a.requests || (a.name < b.name ? -1 : 1);

const rowsOf = (table: readonly Sums[], by: Dimension): Overview["rows"] => {
  const groups = Map.groupBy(table, ({ group }) => group[by] ?? "");
  return [...groups].map(([name, sums]) => ({ name, ...figuresOf(sums) }));
};

/** The points of each period, whatever the sources in it. */
const pointsOf = (all: readonly Sums[], measure: Measure, by?: Dimension): ChartPoint[] => {
  const points = Map.groupBy(all, ({ periodAt, group }) => `${periodAt} ${by && (group[by] ?? "")}`);
  return [...points.values()].flatMap((sums): ChartPoint[] => {
    const [{ periodAt: at = 0, group } = { group: {} }] = sums;
    const value = figureOf(figuresOf(sums), measure);
    return value === 0 ? [] : [{ at, name: by && (group[by] ?? ""), value }];
  });
};

export const figureOf = (figures: Figures, measure: Measure): number => {
  switch (measure) {
    case "cost":
      return figures.costNanoUsd;
    case "tokens":
      return figures.inputTokens + figures.outputTokens;
    case "requests":
      return figures.requests;
    case "keys":
      return figures.keys;
    case "reported":
      return figures.reportedNanoUsd;
  }
};

const figuresOf = (all: readonly Sums[]): Figures => {
  const figures = { ...none };
  for (const sums of all) add(figures, sums);
  return figures;
};

const none: Figures = {
  ...{ requests: 0, refused: 0, failed: 0, aborted: 0, cacheHits: 0, relayed: 0, toolCalls: 0, sessions: 0 },
  ...{ inputTokens: 0, cachedTokens: 0, outputTokens: 0, costNanoUsd: 0, unpriced: 0 },
  ...{ keys: 0, reports: 0, reportedTokens: 0, reportedNanoUsd: 0 },
};

const add = (to: Figures, sums: Sums): void => {
  const input = inputTokens(sums);
  const output = outputTokens(sums);
  if (sums.source === "reported") {
    to.reports += sums.answered;
    to.reportedTokens += input + output;
    to.reportedNanoUsd += sums.costNanoUsd;
    return;
  }
  if (sums.source === "minted") to.keys += sums.answered;
  // A part of a voice session is no request.
  if (sums.group.kind !== "voice") to.requests += sums.answered + sums.refused + sums.failed;
  to.refused += sums.refused;
  to.failed += sums.failed;
  if (sums.source === "minted") return;
  if (sums.group.kind === "relay") to.relayed += sums.answered;
  if (sums.group.kind === "tool-call") to.toolCalls += sums.answered;
  if (sums.group.kind === "session") to.sessions += sums.answered;
  to.aborted += sums.aborted;
  to.cacheHits += sums.cacheHits;
  to.inputTokens += input;
  to.cachedTokens += cachedTokens(sums);
  to.outputTokens += output;
  to.costNanoUsd += sums.costNanoUsd;
  to.unpriced += sums.unpriced;
};
