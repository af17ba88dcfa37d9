// Rows of the ledger's sums that a batch of records adds up to: by hour and day, refusals, latencies. Pure.
import { type QuantityKind, quantityColumns } from "../usage/quantities.ts";
import { DAY_MS, HOUR_MS } from "./calendar.ts";
import type { RefusalCount } from "./entry.ts";
import { bucketOf } from "./latencies.ts";
import { sourceOf, type UsageRecord } from "./record.ts";
import { dimensionColumns, slices } from "./slices.ts";

/** A row as the columns of its table have it. */
export type Cells = readonly (string | number)[];

const textColumns = ["caller", "team", "profile", "tool", "model", "upstream_key"] as const;

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
  const whole = new Rows();
  const refusals = new Rows();
  const latencies = new Rows();
  for (const record of records) {
    const hour = beginOf(record.at, HOUR_MS);
    whole.add([hour, record.source, record.kind, ...textsOf(record)], figuresOf(record));
    if (record.problem !== undefined) refusals.add([hour, record.problem, record.caller], [1]);
    if (isTimed(record)) latencies.add([hour, record.kind, bucketOf(record.latencyMs)], [1]);
  }
  for (const { at, problem, caller, team, kind, requests } of counts) {
    const hour = beginOf(at, HOUR_MS);
    refusals.add([hour, problem, caller], [requests]);
    if (kind) whole.add([hour, sourceOf(kind), kind, ...textsOf({ caller, team })], refusedOnly(requests));
  }
  const hours = slicesOf(whole);
  return {
    hours: hours.inOrder(),
    days: byDay(hours).inOrder(),
    refusals: refusals.inOrder(),
    latencies: latencies.inOrder(),
  };
};

const beginOf = (at: number, periodMs: number): number => at - (at % periodMs);

interface SumRow {
  key: Cells;
  figures: number[];
}

class Rows {
  readonly #rows = new Map<string, SumRow>();

  add(key: Cells, figures: readonly number[]): void {
    // No text holds a control character.
    const name = key.join("\n");
    const row = this.#rows.get(name);
    if (!row) {
      this.#rows.set(name, { key, figures: [...figures] });
      return;
    }
    const sums = row.figures;
    for (let index = 0; index < sums.length; index += 1)
      sums[index] = (sums[index] ?? 0) + (figures[index] ?? 0);
  }

  all(): Iterable<SumRow> {
    return this.#rows.values();
  }

  inOrder(): Cells[] {
    const named = [...this.#rows].sort(([one], [other]) => (one < other ? -1 : 1));
    return named.map(([, { key, figures }]) => [...key, ...figures]);
  }
}

/** Of rows with all dimensions, those of each slice. */
const slicesOf = (whole: Rows): Rows => {
  const sliced = new Rows();
  for (const { key, figures } of whole.all()) {
    const [hour = 0, source = "", kind = "", ...texts] = key;
    for (const [slice, keeps] of sliceTexts) {
      sliced.add(
        [slice, hour, source, kind, ...texts.map((text, index) => (keeps[index] ? text : ""))],
        figures,
      );
    }
  }
  return sliced;
};

const byDay = (hours: Rows): Rows => {
  const days = new Rows();
  for (const { key, figures } of hours.all()) {
    const [slice = "", hour, ...rest] = key;
    days.add([slice, beginOf(Number(hour), DAY_MS), ...rest], figures);
  }
  return days;
};

/** Which of the text columns each slice keeps. */
const sliceTexts = Object.entries(slices).map(([slice, dimensions]): [string, boolean[]] => {
  const kept: string[] = dimensions.map((dimension) => dimensionColumns[dimension]);
  return [slice, textColumns.map((column) => kept.includes(column))];
});

type Dimensions = Pick<UsageRecord, "caller" | "team"> &
  Partial<Pick<UsageRecord, "model" | "problem" | "profile" | "status" | "tool" | "upstreamKey">>;

/** In the order of `textColumns`. */
const textsOf = (record: Dimensions): string[] => {
  const { caller, team = "", profile = "", tool = "", upstreamKey = "", model = "", status = 0 } = record;
  // Where OpenAI did not answer, a model is any name that a caller invents, and sums are kept for ever.
  const answered = status < 400 ? model : "";
  const known = record.problem === "profile-unknown" ? "" : profile;
  return [caller, team, known, tool, answered, upstreamKey];
};

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

const refusedOnly = (requests: number): number[] =>
  sumFigures.map((figure) => (figure === "refused" ? requests : 0));

// A refusal and a part of a session take no time, and a WebSocket as long as its conversation.
const isTimed = ({ status, kind }: UsageRecord): boolean =>
  kind !== "report" && kind !== "voice" && status !== 101 && (status < 400 || status >= 500);
