// The SQL that answers a question for sums: which table, which slice, which hours and days. Pure.
import type { Value } from "../store/database.ts";
import { quantityColumns } from "../usage/quantities.ts";
import { type Dimension, MAX_SUMS, type Period, type SumsQuery } from "./books.ts";
import { type Calendar, calendarOf, DAY_MS, HOUR_MS } from "./calendar.ts";
import { dimensionColumns, sliceFor } from "./slices.ts";

export interface Sql {
  sql: string;
  values: Value[];
}

/** Collects the values of a statement, each of which stands as `$1`, `$2`, … in it. */
export const createValues = (): { values: Value[]; put(value: Value): string } => {
  const values: Value[] = [];
  return { values, put: (value) => `$${values.push(value)}` };
};

export type Put = (value: Value) => string;

const counts = ["answered", "refused", "failed", "aborted", "cache_hits", "unpriced"];
const measures = [...counts, ...Object.values(quantityColumns), "cost_nano_usd"];

interface Range {
  from: number;
  to: number;
}

/** Rows of `period`, `source`, the dimensions asked for, and the measures. */
export const sumsQuery = (query: SumsQuery): Sql => {
  const { values, put } = createValues();
  const { by, where } = query;
  const slice = sliceFor([...by, ...(Object.keys(where) as Dimension[])]);
  const calendar = calendarOf(query.timeZone);
  const period = periodColumn(query.period, hoursOf(query), calendar, put);
  const group = [...(period ? ["period"] : []), "source", ...by.map((each) => dimensionColumns[each])];
  const pieces = piecesOf(query, calendar).map(({ table, from, to }) => {
    const columns = [...(period ? [`${period} as period`] : []), "source", ...groupColumns(by), ...measures];
    // The slice stands in the text, as the index of one slice is found by it.
    const conditions = [
      `slice = '${slice}'`,
      `at >= ${put(from)}`,
      `at < ${put(to)}`,
      ...filters(where, put),
    ];
    return `select ${columns.join(", ")} from ${table} where ${conditions.join(" and ")}`;
  });
  // As floating point before they are added: SQLite refuses a sum of whole numbers beyond 2^63, which pages can invent in their reports.
  const sums = measures.map((measure) => `sum(cast(${measure} as double precision)) as ${measure}`);
  const sql = `select ${[...group, ...sums].join(", ")} from (${pieces.join(" union all ")}) as pieces
    group by ${group.join(", ")} order by ${period ? "period, " : ""}cost_nano_usd desc, ${group.join(", ")}
    limit ${put(MAX_SUMS + 1)}`;
  return { sql, values };
};

const groupColumns = (by: readonly Dimension[]): string[] => by.map((each) => dimensionColumns[each]);

export const hoursOf = ({ since, until }: Pick<SumsQuery, "since" | "until">): Range => ({
  from: Math.floor(since / HOUR_MS) * HOUR_MS,
  to: Math.floor(until / HOUR_MS) * HOUR_MS + HOUR_MS,
});

/** A condition for each dimension that is filtered. */
export const filters = (where: SumsQuery["where"], put: Put): string[] =>
  Object.entries(where).map(([dimension, allowed]) => {
    const column = dimensionColumns[dimension as Dimension];
    // An empty list fits nothing, and is no SQL.
    return allowed.length === 0 ? "1 = 0" : `${column} in (${allowed.map(put).join(", ")})`;
  });

/** When the hour begins; for days their number in the zone. */
export const periodColumn = (
  period: Period | undefined,
  { from, to }: Range,
  calendar: Calendar,
  put: Put,
): string | undefined => {
  if (period === undefined) return undefined;
  if (period === "hour") return "at";
  const [first, ...changes] = calendar.offsetsIn(from, to).reverse();
  const number = (value: number) => `cast(${put(value)} as bigint)`;
  const last = number(first?.offsetMs ?? 0);
  if (changes.length === 0) return `(at + ${last}) / ${DAY_MS}`;
  const starts = [first, ...changes];
  const cases = changes.map(({ offsetMs }, index) => {
    const end = starts[index]?.from ?? 0;
    return { end, text: `when at < ${number(end)} then ${number(offsetMs)}` };
  });
  const texts = cases.toSorted((a, b) => a.end - b.end).map(({ text }) => text);
  return `(at + case ${texts.join(" ")} else ${last} end) / ${DAY_MS}`;
};

interface Piece extends Range {
  table: "usage_days" | "usage_hours";
}

// Whole days of UTC are read from their own sums, the hours before and after them from those of hours.
const piecesOf = (query: SumsQuery, calendar: Calendar): Piece[] => {
  const { from, to } = hoursOf(query);
  const isUtc = calendar.offsetsIn(from, to).every(({ offsetMs }) => offsetMs === 0);
  const firstDay = Math.ceil(from / DAY_MS) * DAY_MS;
  const lastDay = Math.floor(to / DAY_MS) * DAY_MS;
  const hasDays = query.period === undefined || (query.period === "day" && isUtc);
  if (!hasDays || firstDay >= lastDay) return [{ table: "usage_hours", from, to }];
  const pieces: Piece[] = [
    { table: "usage_hours", from, to: firstDay },
    { table: "usage_days", from: firstDay, to: lastDay },
    { table: "usage_hours", from: lastDay, to },
  ];
  return pieces.filter((piece) => piece.from < piece.to);
};
