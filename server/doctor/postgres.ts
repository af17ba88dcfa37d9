// Postgres: whether it can be reached, is this program's, can be written, and agrees on the time.
import type { Clock } from "../clock.ts";
import type { Row } from "../store/database.ts";
import type { Reader } from "../store/reader.ts";
import { type About, about } from "./about.ts";
import type { Check, Finding } from "./finding.ts";
import { medianOf } from "./median.ts";
import { unreachedFault } from "./postgres-errors.ts";
import { findSchemaFaults } from "./schema-version.ts";

export interface PostgresPorts {
  /** Host and name of the database. */
  place: string;
  /** Connects with the first query, as the service does. */
  reader: Pick<Reader, "all">;
  clock: Clock;
  /** The version of this program's tables. */
  newest: number;
}

/** The oldest that still gets fixes. */
const OLDEST = 140_000;
const SLOW_MS = 50;
const MAX_SKEW_MS = 2000;
/** What one replica opens: five for requests, two for reports, one for the books, one for the start. */
const CONNECTIONS_OF_REPLICA = 9;
const ROUNDS = 5;
/** A read is four round trips: begin, its settings, the query, commit. */
const TRIPS = 4;

const FACTS = `select current_setting('server_version_num')::int as version,
  current_setting('server_version') as named,
  current_setting('server_encoding') as encoding,
  current_setting('default_transaction_read_only') as read_only,
  pg_is_in_recovery()::int as is_replica,
  current_schema() as schema,
  coalesce(has_schema_privilege(current_schema(), 'create')::int, 0) as may_create,
  coalesce(to_regclass('meta')::text, '') as meta,
  current_setting('max_connections')::int - current_setting('superuser_reserved_connections')::int as connections,
  (select count(*)::int from pg_stat_activity where backend_type = 'client backend') as used,
  pg_database_size(current_database()) as bytes,
  (extract(epoch from clock_timestamp()) * 1000)::float8 as now`;

const UNWRITABLE = `select c.relname as name from pg_class c
  where c.relkind in ('r', 'p') and c.relnamespace = current_schema()::regnamespace
  and not has_table_privilege(c.oid, 'insert, update, delete') order by 1 limit 3`;

export const postgresCheck = (ports: PostgresPorts): Check => ({
  ...{ id: "database", title: "Database", group: "Data" },
  run: async (signal) => {
    const on = about(ports.place);
    try {
      return await examine(on, ports, signal);
    } catch (error) {
      return [unreachedFault(on, error)];
    }
  },
});

const examine = async (
  on: About,
  { reader, clock, newest }: PostgresPorts,
  signal: AbortSignal,
): Promise<Finding[]> => {
  // The first opens the connection, which is no part of a round trip.
  await reader.all("select 1 as one");
  const times: number[] = [];
  for (let count = 0; count < ROUNDS; count += 1) {
    signal.throwIfAborted();
    const begun = clock.monotonic();
    await reader.all("select 1 as one");
    times.push((clock.monotonic() - begun) / TRIPS);
  }
  const before = clock.now();
  const [facts = {}] = await reader.all(FACTS);
  const skewMs = Math.round(Number(facts.now) - (before + clock.now()) / 2);
  const latencyMs = Math.round(medianOf(times) * 10) / 10;
  const version = facts.meta === "" ? 0 : await versionIn(reader);
  const unwritable = version === 0 ? [] : (await reader.all(UNWRITABLE)).map(({ name }) => String(name));
  const found = [
    ...writeFaults(on, facts, unwritable, version < newest),
    ...findSchemaFaults(on, version, newest),
    ...settingsOf(on, facts),
    ...paceOf(on, latencyMs, skewMs),
  ];
  if (found.some(({ level }) => level !== "note")) return found;
  const title = `Postgres ${String(facts.named).split(" ")[0]} answers within ${latencyMs} ms`;
  const figures = { latencyMs, skewMs, bytes: Number(facts.bytes), version };
  return [on.ok("database", title, figures), ...found];
};

const versionIn = async (reader: Pick<Reader, "all">): Promise<number> => {
  const [row] = await reader.all("select value from meta where name = 'schema_version'");
  return Number(row?.value ?? 0);
};

const writeFaults = (on: About, facts: Row, unwritable: readonly string[], isPending: boolean): Finding[] => {
  if (facts.is_replica === 1 || facts.read_only === "on") {
    const cause =
      facts.is_replica === 1
        ? "DATABASE_URL leads to a copy and not to the primary, perhaps since a failover."
        : "`default_transaction_read_only` is on for this user or database.";
    return [
      on.fault(
        "database.read-only",
        "takes no writes",
        cause,
        "Set DATABASE_URL to the primary (for several hosts add target_session_attrs=read-write), or turn the setting off.",
      ),
    ];
  }
  if (unwritable.length > 0 || (isPending && facts.may_create !== 1)) {
    const where = facts.schema === null ? "it finds no schema of its search_path" : `schema ${facts.schema}`;
    const what = unwritable.length > 0 ? `write ${unwritable.join(", ")}` : `make tables in ${where}`;
    return [
      on.fault(
        "database.permission",
        `its user may not ${what}`,
        "The tables belong to another user, or the right to make some was not granted.",
        "Make the service's user their owner: ALTER DATABASE NAME OWNER TO USER, and ALTER TABLE for tables that are there.",
      ),
    ];
  }
  return [];
};

const settingsOf = (on: About, facts: Row): Finding[] => {
  const found: Finding[] = [];
  if (Number(facts.version) < OLDEST) {
    const cause = "It is older than what the service is tried with.";
    const title = `is Postgres ${facts.named}, which gets no fixes any more`;
    found.push(
      on.warning("database.version", title, cause, "Upgrade to a version that gets them, 14 at least."),
    );
  }
  if (facts.encoding !== "UTF8") {
    found.push(
      on.fault(
        "database.encoding",
        `its encoding is ${facts.encoding}`,
        "Names and texts with other letters cannot be kept.",
        "Make a database with ENCODING 'UTF8' TEMPLATE template0, and set DATABASE_URL to it.",
      ),
    );
  }
  const left = Number(facts.connections) - Number(facts.used);
  if (left < CONNECTIONS_OF_REPLICA) {
    found.push(
      on.warning(
        "database.connections",
        `has ${left} of ${facts.connections} connections left`,
        `A replica opens up to ${CONNECTIONS_OF_REPLICA}; one that gets none answers 503.`,
        "Raise max_connections, or look who holds them (pg_stat_activity).",
        { usedConnections: Number(facts.used), maxConnections: Number(facts.connections) },
      ),
    );
  }
  return found;
};

const paceOf = (on: About, latencyMs: number, skewMs: number): Finding[] => {
  const found: Finding[] = [];
  if (latencyMs > SLOW_MS) {
    found.push(
      on.warning(
        "database.slow",
        `takes ${latencyMs} ms for an answer`,
        "Signing in, users and budgets wait for it, some of them several times.",
        "Use a database in the same data centre, and look at its load.",
        { latencyMs },
      ),
    );
  }
  if (Math.abs(skewMs) > MAX_SKEW_MS) {
    const seconds = Math.round(Math.abs(skewMs) / 1000);
    found.push(
      on.warning(
        "database.clock",
        `its clock is ${seconds} s ${skewMs > 0 ? "ahead of" : "behind"} this machine's`,
        "One of the two is wrong: books, budgets and tokens' ends go by this machine's.",
        "Let both machines follow a time server (NTP).",
        { skewMs },
      ),
    );
  }
  return found;
};
