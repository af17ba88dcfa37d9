// The SQL that finds single records, and adds up refusals. Pure.
import {
  type Dimension,
  MAX_SEARCHED,
  MAX_SESSION_RECORDS,
  MAX_SUMS,
  type RecordsQuery,
  type SessionRecordsQuery,
  type SumsQuery,
} from "./books.ts";
import { dimensionColumns } from "./slices.ts";
import { createValues, filters, hoursOf, type Put, type Sql } from "./sums-query.ts";

/** Those that only the user is asked of are counted by hour; for others the records of refusals are read. */
export const refusalsQuery = ({ since, until, where }: Pick<SumsQuery, "since" | "until" | "where">): Sql => {
  const { values, put } = createValues();
  const { from, to } = hoursOf({ since, until });
  const isCounted = Object.keys(where).every((dimension) => dimension === "user");
  const [table, count, more] = isCounted
    ? ["usage_refusals", "sum(requests)", []]
    : ["usage_records", "count(*)", ["problem is not null"]];
  const conditions = [`at >= ${put(from)}`, `at < ${put(to)}`, ...more, ...recordFilters(where, put)];
  const sql = `select problem, cast(${count} as double precision) as requests from ${table}
    where ${conditions.join(" and ")} group by problem order by requests desc, problem limit ${put(MAX_SUMS)}`;
  return { sql, values };
};

// In records what is absent is null, in the sums it is an empty text.
const recordFilters = (where: SumsQuery["where"], put: Put): string[] =>
  (Object.entries(where) as [Dimension, readonly string[]][]).flatMap(([dimension, allowed]) => {
    const [filter = "1 = 0"] = filters({ [dimension]: allowed }, put);
    const column = dimensionColumns[dimension];
    return allowed.includes("") ? [`(${filter} or ${column} is null)`] : [filter];
  });

export const recordsQuery = ({ since, until, where, limit }: RecordsQuery): Sql => {
  const { values, put } = createValues();
  const { user, ...others } = where;
  const range = [`at >= ${put(since)}`, `at <= ${put(until)}`];
  const rest = recordFilters(others, put);
  // The index of callers, or that of time, has the newest first.
  const first = [...range, ...(user ? recordFilters({ user }, put) : [])].join(" and ");
  const searched = `select * from usage_records where ${first} order by at desc limit`;
  const sql =
    rest.length === 0
      ? `${searched} ${put(limit)}`
      : `select * from (${searched} ${put(MAX_SEARCHED)}) as searched where ${rest.join(" and ")}
         order by at desc limit ${put(limit)}`;
  return { sql, values };
};

/** The index of callers has the range; few of one caller's records in it are of other sessions. */
export const sessionQuery = ({ id, caller, since, until }: SessionRecordsQuery): Sql => {
  const { values, put } = createValues();
  const range = `caller = ${put(caller)} and at >= ${put(since)} and at <= ${put(until)}`;
  const isPart = `request_id like ${put(`${id}:%`)}`;
  const isRequest = `kind in ('mint', 'session') and story like ${put(`%"session":"${id}"%`)}`;
  const sql = `select * from usage_records where ${range} and (${isPart} or (${isRequest}))
    order by at limit ${put(MAX_SESSION_RECORDS)}`;
  return { sql, values };
};
