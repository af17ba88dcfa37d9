// The ledger in the database: records once, and the sums of those that were new, in one transaction.
import type { Database, DatabaseAddress, Statements } from "../store/database.ts";
import { type QuantityKind, quantityColumns } from "../usage/quantities.ts";
import type { Content } from "./content.ts";
import type { Entry } from "./entry.ts";
import type { UsageRecord } from "./record.ts";
import { adds, type Cells, insertsNew } from "./rows.ts";
import type { LedgerStore, SegmentPart } from "./store.ts";
import { latencyKeys, refusalKeys, sumFigures, sumKeys, sumsOf } from "./sums.ts";

export const sqlLedgerStore = (database: Database, kind: DatabaseAddress["kind"]): LedgerStore => {
  const insertContents = insertsNew(kind, { name: "usage_contents", columns: contentColumns }, contentCells);
  const insertRecords = insertsNew(kind, { name: "usage_records", columns: recordColumns }, cellsOf);
  const addTo = (name: string, keys: readonly string[], figures: readonly string[]) =>
    adds(kind, { name, keys, columns: [...keys, ...figures] });
  const addHours = addTo("usage_hours", sumKeys, sumFigures);
  const addDays = addTo("usage_days", sumKeys, sumFigures);
  const addRefusals = addTo("usage_refusals", refusalKeys, ["requests"]);
  const addLatencies = addTo("usage_latencies", latencyKeys, ["requests"]);
  const withoutKnownParts =
    kind === "postgres" ? newParts : async (_: Statements, told: UsageRecord[]) => told;
  return {
    writtenOf: async (segment) => {
      const [row] = await database.all("select bytes from usage_segments where name = $1", [segment]);
      return Number(row?.bytes ?? 0);
    },
    write: (part) =>
      database.transaction(async (statements) => {
        if ((await advance(statements, part)) === 0) return undefined;
        const { records: told, contents, counts } = divided(part.entries);
        const records = await withoutKnownParts(statements, told);
        await insertContents(statements, contents);
        const inserted = await insertRecords(statements, records);
        // One that stands in the part twice is inserted once.
        const fresh = records.filter(({ requestId }) => inserted.delete(requestId));
        const sums = sumsOf(fresh, counts);
        await addHours(statements, sums.hours);
        await addDays(statements, sums.days);
        await addRefusals(statements, sums.refusals);
        await addLatencies(statements, sums.latencies);
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

// Any number will do, as long as it is always the same, and no other lock's.
const PARTS_LOCK = 7_254_203;

/**
 * Postgres' key of records has the moment in it, by which they are in tables of months. A part of a voice session may be metered by two
 * replicas at different moments, and is one record all the same: their transactions take turns to look.
 */
const newParts = async ({ all }: Statements, records: UsageRecord[]): Promise<UsageRecord[]> => {
  const parts = records.filter(({ kind }) => kind === "voice").map(({ requestId }) => requestId);
  if (parts.length === 0) return records;
  await all("select pg_advisory_xact_lock($1)", [PARTS_LOCK]);
  const sql = `select request_id from usage_records
    where request_id in (select jsonb_array_elements_text($1::jsonb))`;
  const known = new Set((await all(sql, [JSON.stringify(parts)])).map((row) => String(row.request_id)));
  return records.filter(({ kind, requestId }) => {
    if (kind !== "voice") return true;
    const isNew = !known.has(requestId);
    known.add(requestId);
    return isNew;
  });
};

const divided = (entries: readonly Entry[]) => ({
  records: entries.flatMap((entry) => ("record" in entry ? [entry.record] : [])),
  contents: entries.flatMap((entry) => ("content" in entry ? [entry.content] : [])),
  counts: entries.flatMap((entry) => ("refusals" in entry ? [entry.refusals] : [])),
});

const contentColumns = ["request_id", "kind", "at", "is_cut", "content"];

const contentCells = ({ requestId, kind, at, isCut, text }: Content): Cells => [
  ...[requestId, kind, at, isCut ? 1 : 0, text],
];

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
