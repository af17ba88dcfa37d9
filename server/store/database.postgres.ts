// The database on a Postgres server, for several replicas.
import pg from "pg";
import type { Secret } from "../secret.ts";
import type { Database, Row, Statements, Value } from "./database.ts";
import { type Migration, migrate } from "./migrate.ts";
import { MAX_WAITING, QUERY_MS, type Reader, ReaderBusy } from "./reader.ts";

/** A replica asks little, and servers often allow a hundred connections for all. */
const MAX_CONNECTIONS = 5;
const CONNECT_MS = 2000;
const STATEMENT_MS = 2000;
// Migrations wait for each other, and may rewrite a table.
const MIGRATION_MS = 60_000;
// Any number will do, as long as it is always the same.
const MIGRATION_LOCK = 7_254_201;

/**
 * Connects, and brings the tables up to date. `onLost` hears of connections that broke while idle; the next statement
 * opens another. Rejects with the driver's own error.
 */
export const openPostgres = async (
  url: Secret,
  migrations: readonly Migration[],
  onLost: (error: Error) => void,
): Promise<Database> => {
  const migrating = new pg.Client(connectionTo(url, MIGRATION_MS));
  await migrateAlone(migrating, migrations).catch(explainPooler);
  const pool = new pg.Pool({ ...connectionTo(url, STATEMENT_MS), max: MAX_CONNECTIONS });
  // Without a listener a broken idle connection ends the process.
  pool.on("error", onLost);
  const urgent = new pg.Pool({ ...connectionTo(url, STATEMENT_MS), max: 1 });
  urgent.on("error", onLost);
  return {
    ...statementsOf(pool),
    urgent: statementsOf(urgent),
    transaction: async (work) => {
      const client = await pool.connect();
      // The statement under way rejects with the same error.
      const ignore = () => {};
      client.on("error", ignore);
      let broken: unknown;
      try {
        return await transact(client, STATEMENT_MS, work);
      } catch (error) {
        broken = error;
        throw error;
      } finally {
        client.off("error", ignore);
        client.release(broken !== undefined);
      }
    },
    close: async () => {
      await Promise.all([pool.end(), urgent.end()]);
    },
  };
};

/**
 * Reads over connections of its own, so that a report never takes those that requests wait for. Connects with the first query;
 * `onLost` as above.
 */
export const readPostgres = (url: Secret, onLost: (error: Error) => void): Reader => {
  const pool = new pg.Pool({ ...connectionTo(url, QUERY_MS), max: 2 });
  pool.on("error", onLost);
  return {
    all: async (sql, values = []) => {
      if (pool.waitingCount >= MAX_WAITING) throw new ReaderBusy();
      const client = await pool.connect();
      let broken = true;
      try {
        await client.query(`begin transaction read only; ${timeouts(QUERY_MS)}`);
        // Compiling a query takes longer than these take, and their groups stay in memory.
        await client.query("set local jit = off; set local work_mem = '64MB'");
        const rows = await statementsOf(client).all(sql, values);
        await client.query("commit");
        broken = false;
        return rows;
      } finally {
        // A connection whose query failed is given up.
        client.release(broken);
      }
    },
    close: () => pool.end(),
  };
};

// A pooler in transaction mode lends connections to many clients in turn, so settings of a session mean nothing there, and most
// poolers refuse them. Transactions set their own; single statements have those of the role.
const isPooled = (url: string): boolean => new URL(url).searchParams.get("pgbouncer") === "true";

/** For one transaction. */
const timeouts = (ms: number): string =>
  `set local statement_timeout = ${ms}; set local idle_in_transaction_session_timeout = ${ms}`;

/** `ms` bounds each statement. */
const connectionTo = (url: Secret, ms: number) => {
  const connectionString = url.reveal();
  const session = { statement_timeout: ms, idle_in_transaction_session_timeout: ms };
  return {
    connectionString,
    application_name: "realtime-key-broker",
    connectionTimeoutMillis: CONNECT_MS,
    keepAlive: true,
    types: plainTypes(),
    // The server's own limit says more, so it comes first; this one is for servers that hang.
    query_timeout: ms + 500,
    ...(isPooled(connectionString) ? {} : session),
  };
};

const explainPooler = (error: unknown): never => {
  if (error instanceof Error && /unsupported startup parameter/.test(error.message)) {
    throw new Error(`a pooler is in front of it (${error.message}); add ?pgbouncer=true to the address`);
  }
  throw error;
};

const migrateAlone = async (client: pg.Client, migrations: readonly Migration[]): Promise<void> => {
  client.on("error", () => {});
  try {
    await client.connect();
    await transact(client, MIGRATION_MS, async (statements) => {
      await statements.run("select pg_advisory_xact_lock($1)", [MIGRATION_LOCK]);
      await migrate(statements, migrations);
    });
  } finally {
    await client.end().catch(() => {});
  }
};

const transact = async <Result>(
  client: pg.ClientBase,
  ms: number,
  work: (statements: Statements) => Promise<Result>,
): Promise<Result> => {
  await client.query(`begin; ${timeouts(ms)}`);
  try {
    const result = await work(statementsOf(client));
    await client.query("commit");
    return result;
  } catch (error) {
    // A connection that cannot roll back is given up, which rolls back too.
    await client.query("rollback").catch(() => {});
    throw error;
  }
};

const statementsOf = (client: pg.Pool | pg.ClientBase): Statements => ({
  all: async (sql, values = []) =>
    (await client.query<Record<string, Value>, Value[]>(sql, [...values])).rows,
  run: async (sql, values = []) => (await client.query<Row, Value[]>(sql, [...values])).rowCount ?? 0,
});

// The driver reads bigint and numeric as text, as they may not fit a number; moments and counts do.
const plainTypes = (): pg.TypeOverrides => {
  const types = new pg.TypeOverrides();
  types.setTypeParser(pg.types.builtins.INT8, Number);
  types.setTypeParser(pg.types.builtins.NUMERIC, Number);
  return types;
};
