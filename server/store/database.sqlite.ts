// The database in a file, through Node's own SQLite.
import { closeSync, mkdirSync, openSync } from "node:fs";
import { dirname } from "node:path";
import { DatabaseSync, type SQLOutputValue, type StatementSync } from "node:sqlite";
import type { Database, Row, Statements, Value } from "./database.ts";
import { type Migration, migrate } from "./migrate.ts";

// The service and the command line write to one file; each write takes a few milliseconds.
const BUSY_MS = 2000;

/** Opens or creates the file, its folder too, and brings its tables up to date. Rejects with SQLite's own error. */
export const openSqlite = async (path: string, migrations: readonly Migration[]): Promise<Database> => {
  if (path !== ":memory:") createPrivately(path);
  const file = new DatabaseSync(path, { timeout: BUSY_MS });
  try {
    // Readers and a writer of other processes do not wait for each other.
    file.exec("pragma journal_mode = wal");
    file.exec("pragma synchronous = normal");
    const database = databaseOf(file);
    await database.transaction((statements) => migrate(statements, migrations));
    return database;
  } catch (error) {
    file.close();
    throw error;
  }
};

// Nobody else on the machine has to read hashes; SQLite gives the file's own mode to the files beside it.
const createPrivately = (path: string): void => {
  mkdirSync(dirname(path), { recursive: true });
  closeSync(openSync(path, "a", 0o600));
};

const databaseOf = (file: DatabaseSync): Database => {
  const statements = statementsOf(file);
  // There is one connection, so a statement from elsewhere would become part of a transaction: all take turns.
  let last: Promise<unknown> = Promise.resolve();
  const inTurn = <Result>(work: () => Promise<Result>): Promise<Result> => {
    const result = last.then(work);
    last = result.catch(() => {});
    return result;
  };
  return {
    all: (sql, values) => inTurn(() => statements.all(sql, values)),
    run: (sql, values) => inTurn(() => statements.run(sql, values)),
    transaction: (work) =>
      inTurn(async () => {
        file.exec("begin immediate");
        try {
          const result = await work(statements);
          file.exec("commit");
          return result;
        } catch (error) {
          if (file.isTransaction) file.exec("rollback");
          throw error;
        }
      }),
    close: () => inTurn(async () => file.close()),
  };
};

const statementsOf = (file: DatabaseSync): Statements => {
  const prepared = new Map<string, StatementSync>();
  const prepare = (sql: string): StatementSync => {
    const known = prepared.get(sql) ?? file.prepare(sql);
    prepared.set(sql, known);
    return known;
  };
  return {
    all: async (sql, values) => prepare(sql).all(named(values)).map(rowOf),
    run: async (sql, values) => Number(prepare(sql).run(named(values)).changes),
  };
};

const named = (values: readonly Value[] = []): Record<string, Value> =>
  Object.fromEntries(values.map((value, index) => [`$${index + 1}`, value]));

const rowOf = (row: Record<string, SQLOutputValue>): Row =>
  Object.fromEntries(Object.entries(row).map(([column, value]) => [column, plain(column, value)]));

const plain = (column: string, value: SQLOutputValue): Value => {
  if (value === null || typeof value === "string" || typeof value === "number") return value;
  throw new TypeError(`the column ${column} holds neither text nor a number`);
};
