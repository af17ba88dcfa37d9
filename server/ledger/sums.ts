// Rows of the ledger's sums that a batch of records adds up to: by hour and day, refusals, latencies. Pure.
import { type QuantityKind, quantityColumns } from "../usage/quantities.ts";
import type { RefusalCount } from "./entry.ts";
import type { UsageRecord } from "./record.ts";
import { dimensionColumns, type Slice, slices } from "./slices.ts";

export const HOUR_MS = 3_600_000;
export const DAY_MS = 24 * HOUR_MS;

export type Cell = string | number | null;
/** A row as the columns of its table have it. */
export type Cells = readonly Cell[];

const textColumns = ["caller", "team", "profile", "tool", "model", "upstream_key"] as const;
type TextColumn = (typeof textColumns)[number];

export const sumKeys = ["slice", "at", "source", "kind", ...textColumns] as const;
const quantityKinds = Object.keys(quantityColumns) as QuantityKind[];
export const sumFigures = [
  ...["answered", "refused", "failed", "aborted", "cache_hits", "unpriced"],
  ...Object.values(quantityColumns),
  "cost_nano_usd",
] as const;

export const refusalKeys = ["at", "problem", "caller"] as const;
export const latencyKeys = ["at", "kind", "bucket"] as const;

export interface BatchSums {
  hours: Cells[];
  days: Cells[];
  refusals: Cells[];
  latencies: Cells[];
}

/** Rows in the order of their keys: transactions that change the same rows then wait for each other, and none for one that waits for it. */
export const sumsOf = (records: readonly UsageRecord[], counts: readonly RefusalCount[]): BatchSums => {
  const hours = new Rows();
  const days = new Rows();
  const refusals = new Rows();
  const latencies = new Rows();
  for (const record of records) {
    const hour = beginOf(record.at, HOUR_MS);
    const figures = figuresOf(record);
    for (const [slice, texts] of textsBySlice(record)) {
      hours.add([slice, hour, record.source, record.kind, ...texts], figures);
      days.add([slice, beginOf(record.at, DAY_MS), record.source, record.kind, ...texts], figures);
    }
    if (record.problem !== undefined) refusals.add([hour, record.problem, record.caller], [1]);
    if (isTimed(record)) latencies.add([hour, record.kind, bucketOf(record.latencyMs)], [1]);
  }
  for (const { at, problem, caller, requests } of counts) {
    refusals.add([beginOf(at, HOUR_MS), problem, caller], [requests]);
  }
  return { hours: hours.all(), days: days.all(), refusals: refusals.all(), latencies: latencies.all() };
};

const beginOf = (at: number, periodMs: number): number => at - (at % periodMs);

class Rows {
  readonly #rows = new Map<string, { key: Cells; figures: number[] }>();

  add(key: Cells, figures: readonly number[]): void {
    const name = JSON.stringify(key);
    const row = this.#rows.get(name);
    if (!row) this.#rows.set(name, { key, figures: [...figures] });
    else figures.forEach((figure, index) => void (row.figures[index] = (row.figures[index] ?? 0) + figure));
  }

  all(): Cells[] {
    const names = [...this.#rows.keys()].sort();
    return names.map((name) => {
      const { key = [], figures = [] } = this.#rows.get(name) ?? {};
      return [...key, ...figures];
    });
  }
}

const textsBySlice = (record: UsageRecord): [Slice, string[]][] => {
  const { caller, team = "", profile = "", tool = "", upstreamKey = "" } = record;
  const texts: Record<TextColumn, string> = {
    ...{ caller, team, profile, tool, upstream_key: upstreamKey },
    model: countedModel(record),
  };
  return Object.entries(slices).map(([slice, dimensions]) => {
    const kept: string[] = dimensions.map((dimension) => dimensionColumns[dimension]);
    return [slice as Slice, textColumns.map((column) => (kept.includes(column) ? texts[column] : ""))];
  });
};

// Where OpenAI did not answer, a model is any name that a caller invents, and sums are kept for ever.
const countedModel = ({ model = "", status }: UsageRecord): string => (status < 400 ? model : "");

const figuresOf = (record: UsageRecord): number[] => {
  const { status, isAborted, cache, costNanoUsd, quantities } = record;
  // A caller who left before the answer was not refused.
  const isAnswered = status < 400 || status === 499;
  return [
    isAnswered ? 1 : 0,
    !isAnswered && status < 500 ? 1 : 0,
    status >= 500 ? 1 : 0,
    isAnswered && isAborted ? 1 : 0,
    isAnswered && cache === "hit" ? 1 : 0,
    isAnswered && costNanoUsd === undefined ? 1 : 0,
    ...quantityKinds.map((kind) => quantities[kind]),
    costNanoUsd ?? 0,
  ];
};

// A refusal takes no time, and a WebSocket as long as its conversation.
const isTimed = ({ status, kind }: UsageRecord): boolean =>
  kind !== "report" && status !== 101 && (status < 400 || status >= 500);

/** Bucket n holds up to 1.1^n milliseconds; the last one everything above an hour. */
const bucketOf = (ms: number): number => Math.min(160, Math.max(0, Math.ceil(Math.log(ms) / Math.log(1.1))));
