// The database in a file, through Node's own SQLite.
import { closeSync, existsSync, mkdirSync, openSync } from "node:fs";
import { dirname } from "node:path";
import { DatabaseSync, type SQLOutputValue, type StatementSync } from "node:sqlite";
import { setTimeout } from "node:timers/promises";
import type { Database, Row, Statements, Value } from "./database.ts";
import { type Migration, migrate } from "./migrate.ts";

// The service and the command line write to one file. SQLite's own waiting would stop the whole process.
const RETRY_MS = 10;
const RETRIES = 200;

/** Opens or creates the file, its folder too, and brings its tables up to date. Rejects with SQLite's own error. */
export const openSqlite = async (path: string, migrations: readonly Migration[]): Promise<Database> => {
  if (path !== ":memory:") createPrivately(path);
  const file = new DatabaseSync(path);
  try {
    // Readers and a writer of other processes do not wait for each other.
    await patiently(() => file.exec("pragma journal_mode = wal"));
    file.exec("pragma synchronous = normal");
    const database = databaseOf(file);
    await database.transaction((statements) => migrate(statements, migrations));
    return database;
  } catch (error) {
    file.close();
    throw error;
  }
};

/** Whether it was opened before: opening creates it. */
export const isThere = (path: string): boolean => existsSync(path);

// No other user of the machine has to read hashes; SQLite gives the file's own mode to the files beside it.
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
  const single: Statements = {
    all: (sql, values) => patiently(() => inTurn(() => statements.all(sql, values))),
    run: (sql, values) => patiently(() => inTurn(() => statements.run(sql, values))),
  };
  return {
    ...single,
    // None takes long in a file.
    urgent: single,
    transaction: (work) => patiently(() => inTurn(() => transact(file, () => work(statements)))),
    close: () => inTurn(async () => file.close()),
  };
};

const transact = async <Result>(file: DatabaseSync, work: () => Promise<Result>): Promise<Result> => {
  // Who may write is settled here, before any of the work.
  file.exec("begin immediate");
  try {
    const result = await work();
    file.exec("commit");
    return result;
  } catch (error) {
    if (file.isTransaction) file.exec("rollback");
    throw error;
  }
};

/** Tries again for two seconds while another process holds the file, and lets others go first meanwhile. */
const patiently = async <Result>(work: () => Result | Promise<Result>): Promise<Result> => {
  for (let retries = 0; ; retries += 1) {
    try {
      return await work();
    } catch (error) {
      if (!isBusy(error) || retries === RETRIES) throw error;
      await setTimeout(RETRY_MS);
    }
  }
};

// The lower byte is SQLITE_BUSY, the others tell why.
const isBusy = (error: unknown): boolean =>
  error instanceof Error &&
  "errcode" in error &&
  typeof error.errcode === "number" &&
  error.errcode % 256 === 5;

interface Prepared {
  statement: StatementSync;
  /** Whether the values stand in their order and once each: then they need no names, with which binding takes three times as long. */
  isInOrder: boolean;
}

const prepare = (file: DatabaseSync, sql: string): Prepared => {
  const names = sql.match(/\$\d+/g) ?? [];
  const isInOrder = names.every((name, index) => name === `$${index + 1}`);
  return { statement: file.prepare(isInOrder ? sql.replaceAll(/\$\d+/g, "?") : sql), isInOrder };
};

const statementsOf = (file: DatabaseSync): Statements => {
  const known = new Map<string, Prepared>();
  const find = (sql: string): Prepared => {
    const prepared = known.get(sql) ?? prepare(file, sql);
    known.set(sql, prepared);
    return prepared;
  };
  return {
    all: async (sql, values = []) => {
      const { statement, isInOrder } = find(sql);
      return (isInOrder ? statement.all(...values) : statement.all(named(values))).map(rowOf);
    },
    run: async (sql, values = []) => {
      const { statement, isInOrder } = find(sql);
      return Number((isInOrder ? statement.run(...values) : statement.run(named(values))).changes);
    },
  };
};

const named = (values: readonly Value[]): Record<string, Value> =>
  Object.fromEntries(values.map((value, index) => [`$${index + 1}`, value]));

const rowOf = (row: Record<string, SQLOutputValue>): Row =>
  Object.fromEntries(Object.entries(row).map(([column, value]) => [column, plain(column, value)]));

const plain = (column: string, value: SQLOutputValue): Value => {
  if (value === null || typeof value === "string" || typeof value === "number") return value;
  throw new TypeError(`the column ${column} holds neither text nor a number`);
};
