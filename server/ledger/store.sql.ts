// The ledger in the database: records once, and the sums of those that were new, in one transaction.
import type { Database, DatabaseAddress, Row, Statements } from "../store/database.ts";
import { type QuantityKind, quantityColumns } from "../usage/quantities.ts";
import type { Entry } from "./entry.ts";
import type { UsageRecord } from "./record.ts";
import type { LedgerStore, SegmentPart } from "./store.ts";
import { type Cells, latencyKeys, refusalKeys, sumFigures, sumKeys, sumsOf } from "./sums.ts";

type Kind = DatabaseAddress["kind"];

export const sqlLedgerStore = (database: Database, kind: Kind): LedgerStore => {
  const insertRecords = insertFrom(kind, "usage_records", recordColumns);
  const addSums = (table: string) => upsert(kind, table, sumKeys, sumFigures);
  const addHours = addSums("usage_hours");
  const addDays = addSums("usage_days");
  const addRefusals = upsert(kind, "usage_refusals", refusalKeys, ["requests"]);
  const addLatencies = upsert(kind, "usage_latencies", latencyKeys, ["requests"]);
  const add = async ({ run }: Statements, sql: string, rows: readonly Cells[]): Promise<void> => {
    if (rows.length > 0) await run(sql, [JSON.stringify(rows)]);
  };
  return {
    writtenOf: async (segment) => {
      const [row] = await database.all("select bytes from usage_segments where name = $1", [segment]);
      return Number(row?.bytes ?? 0);
    },
    write: (part) =>
      database.transaction(async (statements) => {
        if ((await advance(statements, part)) === 0) return undefined;
        const { records, counts } = divided(part.entries);
        const rows = JSON.stringify(records.map(cellsOf));
        const inserted =
          records.length === 0 ? [] : await statements.all(`${insertRecords} returning request_id`, [rows]);
        const isNew = takeOnce(inserted);
        const fresh = records.filter(({ requestId }) => isNew(requestId));
        const sums = sumsOf(fresh, counts);
        await add(statements, addHours, sums.hours);
        await add(statements, addDays, sums.days);
        await add(statements, addRefusals, sums.refusals);
        await add(statements, addLatencies, sums.latencies);
        return fresh.length;
      }),
    forget: async (segment) => {
      await database.run("delete from usage_segments where name = $1", [segment]);
    },
    isRefusal,
  };
};

// Of two processes the second waits for the first, and then finds another figure.
const advance = ({ run }: Statements, { segment, from, to }: SegmentPart): Promise<number> =>
  from === 0
    ? run("insert into usage_segments (name, bytes) values ($1, $2) on conflict (name) do nothing", [
        segment,
        to,
      ])
    : run("update usage_segments set bytes = $3 where name = $1 and bytes = $2", [segment, from, to]);

const divided = (entries: readonly Entry[]) => ({
  records: entries.flatMap((entry) => ("record" in entry ? [entry.record] : [])),
  counts: entries.flatMap((entry) => ("refusals" in entry ? [entry.refusals] : [])),
});

// A record that stands in a batch twice is inserted once.
const takeOnce = (inserted: readonly Row[]): ((requestId: string) => boolean) => {
  const ids = new Set(inserted.map((row) => row.request_id));
  return (requestId) => ids.delete(requestId);
};

const quantityKinds = Object.keys(quantityColumns) as QuantityKind[];

const recordColumns = [
  ...["request_id", "at", "kind", "source", "caller", "team", "profile", "rule", "tool", "upstream_key"],
  ...["model", "status", "problem", "aborted", "cache", "latency_ms", "tags"],
  ...quantityKinds.map((kind) => quantityColumns[kind]),
  ...["cost_nano_usd", "story"],
];

const cellsOf = (record: UsageRecord): Cells => [
  ...[record.requestId, record.at, record.kind, record.source, record.caller, record.team ?? null],
  ...[record.profile ?? null, record.rule ?? null, record.tool ?? null, record.upstreamKey ?? null],
  ...[record.model ?? null, record.status, record.problem ?? null, record.isAborted ? 1 : 0],
  ...[record.cache ?? null, record.latencyMs, JSON.stringify(record.tags)],
  ...quantityKinds.map((kind) => record.quantities[kind]),
  ...[record.costNanoUsd ?? null, JSON.stringify(record.story)],
];

const reals: readonly string[] = ["latency_ms", "seconds"];
const integers: readonly string[] = [
  ...["at", "status", "aborted", "cost_nano_usd", "bucket", "requests"],
  ...sumFigures.filter((column) => column !== "seconds"),
];
const typeOf = (column: string): string => {
  if (reals.includes(column)) return "double precision";
  return integers.includes(column) ? "bigint" : "text";
};

// The rows are one value, JSON: a statement with a value for each cell takes several times as long.
const insertFrom = (kind: Kind, table: string, columns: readonly string[]): string => {
  const cells = {
    sqlite: columns.map((_, index) => `value ->> ${index}`),
    postgres: columns.map((column, index) => `(value ->> ${index})::${typeOf(column)}`),
  };
  const rows = { sqlite: "json_each($1)", postgres: "jsonb_array_elements($1::jsonb)" };
  return `insert into ${table} (${columns.join(", ")}) select ${cells[kind].join(", ")} from ${rows[kind]} where true on conflict do nothing`;
};

const upsert = (kind: Kind, table: string, keys: readonly string[], figures: readonly string[]): string => {
  const insert = insertFrom(kind, table, [...keys, ...figures]).replace(/ do nothing$/, "");
  const added = figures.map((figure) => `${figure} = ${table}.${figure} + excluded.${figure}`);
  return `${insert} (${keys.join(", ")}) do update set ${added.join(", ")}`;
};

const SQLITE_REFUSALS = [
  18, // too big
  19, // a constraint
  20, // of another type
];

// Postgres' classes 22 and 23: values that a column does not take.
const isRefusal = (error: unknown): boolean => {
  if (!(error instanceof Error)) return false;
  if ("errcode" in error && typeof error.errcode === "number")
    return SQLITE_REFUSALS.includes(error.errcode % 256);
  return "code" in error && typeof error.code === "string" && /^2[23]\w{3}$/.test(error.code);
};
