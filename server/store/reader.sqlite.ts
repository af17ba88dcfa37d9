// Reads SQLite in a thread of its own, which begins with the first query and ends when none has come for a while.
import { extname } from "node:path";
import { Worker } from "node:worker_threads";
import type { Timers } from "../clock.ts";
import type { Row, Value } from "./database.ts";
import { MAX_WAITING, QUERY_MS, type Reader, ReaderBusy } from "./reader.ts";

export interface Query {
  sql: string;
  values: Record<string, Value>;
}

export interface Read {
  /** JSON of the rows. */
  rows: string;
  /** SQLite's message, where the query failed. */
  problem: string | undefined;
}

interface Waiting extends Query {
  resolve(rows: Row[]): void;
  reject(error: Error): void;
}

const IDLE_MS = 60_000;
// The package has JavaScript in the place of each source.
const source = new URL(`./reader.worker${extname(import.meta.url)}`, import.meta.url);

/** Of the file at that path, which the service keeps open meanwhile. Queries take turns. */
export const readSqlite = (path: string, timers: Pick<Timers, "after">): Reader => {
  const waiting: Waiting[] = [];
  let worker: Worker | undefined;
  let current: Waiting | undefined;
  let stopTimer = (): void => {};

  const end = (error: Error): void => {
    // SQLite cannot be stopped in a query: the thread ends after it, and nothing waits for that.
    void worker?.terminate();
    worker = undefined;
    stopTimer();
    current?.reject(error);
    current = undefined;
  };

  const begin = (): Worker => {
    const started = new Worker(source, { workerData: path, execArgv: [], name: "reports" });
    // A report that no one waits for keeps no process running.
    started.unref();
    started.on("message", ({ rows, problem }: Read) => {
      if (started !== worker) return;
      stopTimer();
      const answered = current;
      current = undefined;
      if (problem === undefined) answered?.resolve(JSON.parse(rows));
      else answered?.reject(new Error(problem));
      next();
    });
    started.on("error", (error) => {
      if (started !== worker) return;
      end(error instanceof Error ? error : new Error(String(error)));
      next();
    });
    return started;
  };

  const next = (): void => {
    if (current) return;
    current = waiting.shift();
    if (!current) {
      worker?.unref();
      stopTimer = timers.after(IDLE_MS, () => end(new Error("idle")));
      return;
    }
    stopTimer();
    worker ??= begin();
    worker.ref();
    stopTimer = timers.after(QUERY_MS, () => {
      end(new Error(`a query of a report took longer than ${QUERY_MS / 1000} s`));
      next();
    });
    const { sql, values } = current;
    worker.postMessage({ sql, values } satisfies Query);
  };

  return {
    all: (sql, values = []) =>
      new Promise((resolve, reject) => {
        if (waiting.length >= MAX_WAITING) return reject(new ReaderBusy());
        waiting.push({ sql, values: named(values), resolve, reject });
        next();
      }),
    close: async () => {
      for (const { reject } of waiting.splice(0)) reject(new Error("the database is closed"));
      end(new Error("the database is closed"));
    },
  };
};

const named = (values: readonly Value[]): Record<string, Value> =>
  Object.fromEntries(values.map((value, index) => [`$${index + 1}`, value]));
