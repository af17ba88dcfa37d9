// Reads Postgres over connections of its own, so that a report never takes those that requests wait for.
import pg from "pg";
import type { Secret } from "../secret.ts";
import { plainTypes } from "./database.postgres.ts";
import type { Row, Value } from "./database.ts";
import { MAX_WAITING, QUERY_MS, type Reader, ReaderBusy } from "./reader.ts";

/** Connects with the first query. `onLost` hears of connections that broke while idle; the next query opens another. */
export const readPostgres = (url: Secret, onLost: (error: Error) => void): Reader => {
  const pool = new pg.Pool({
    connectionString: url.reveal(),
    application_name: "realtime-key-broker reports",
    connectionTimeoutMillis: QUERY_MS,
    statement_timeout: QUERY_MS,
    query_timeout: QUERY_MS + 500,
    types: plainTypes(),
    max: 2,
  });
  // Without a listener a broken idle connection ends the process.
  pool.on("error", onLost);
  return {
    all: async (sql, values = []) => {
      if (pool.waitingCount >= MAX_WAITING) throw new ReaderBusy();
      const client = await pool.connect();
      let broken = true;
      try {
        await client.query("begin transaction read only");
        // Compiling a query takes longer than these take; groups stay in memory.
        await client.query("set local jit = off; set local work_mem = '64MB'");
        const { rows } = await client.query<Record<string, Value>, Value[]>(sql, [...values]);
        await client.query("commit");
        broken = false;
        return rows satisfies Row[];
      } finally {
        // A connection whose query failed is given up.
        client.release(broken);
      }
    },
    close: () => pool.end(),
  };
};
