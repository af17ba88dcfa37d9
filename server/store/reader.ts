// The port for reading much of the database at once: reports hold up neither the event loop nor the statements of requests.
import type { Row, Value } from "./database.ts";

export interface Reader {
  /**
   * The rows of a query, as `Statements` has it. Rejects with `ReaderBusy` when too many wait already, and with the database's own
   * error otherwise, also when the query takes too long.
   */
  all(sql: string, values?: readonly Value[]): Promise<Row[]>;
  close(): Promise<void>;
}

/** Reports are read a few at a time, and this many may wait. */
export const MAX_WAITING = 50;

/** How long one query may take, and in SQLite one report. */
export const QUERY_MS = 10_000;

export class ReaderBusy extends Error {
  constructor() {
    super(`${MAX_WAITING} reports wait already`);
    this.name = "ReaderBusy";
  }
}
