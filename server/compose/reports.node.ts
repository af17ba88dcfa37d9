// Has reports read and written in a thread of their own, which begins with the first one and ends when none has come for a while.
import { extname } from "node:path";
import { Worker } from "node:worker_threads";
import type { Timers } from "../clock.ts";
import type { WriteUsage } from "../http/response/usage-text.ts";
import { TooManySums } from "../ledger/books.ts";
import type { Overview, OverviewQuery } from "../ledger/overview.ts";
import { MAX_WAITING, QUERY_MS, type Reader, ReaderBusy } from "../store/reader.ts";
import type { FromReports, Report, ReportsDatabase, ToReports } from "./reports-thread.ts";

export interface ReportsThread extends Reader {
  overview(query: OverviewQuery): Promise<Overview>;
  usage: WriteUsage;
}

interface Ports {
  timers: Pick<Timers, "after">;
  /** A connection broke while idle; the next report opens another. */
  onLost(cause: Record<string, unknown> | undefined): void;
}

interface Waiting extends ToReports {
  resolve(text: string | Uint8Array): void;
  reject(error: Error): void;
}

interface UnderWay extends Waiting {
  stopTimer(): void;
}

const IDLE_MS = 60_000;
// Postgres ends its queries itself: its reports end later only where the thread hangs.
const kinds = {
  sqlite: { atOnce: 1, limitMs: QUERY_MS },
  postgres: { atOnce: 2, limitMs: 6 * QUERY_MS },
} as const;
// The package has JavaScript in the place of each source.
const program = new URL(`./reports.worker${extname(import.meta.url)}`, import.meta.url);

/** SQLite's file must be open elsewhere meanwhile. Rejects as `Reader` and `Books` do. */
export const reportsThread = (database: ReportsDatabase, { timers, onLost }: Ports): ReportsThread => {
  const { atOnce, limitMs } = kinds[database.kind];
  const waiting: Waiting[] = [];
  const underWay = new Map<number, UnderWay>();
  let worker: Worker | undefined;
  let lastId = 0;
  let stopIdling = (): void => {};

  const end = (error: Error): void => {
    // SQLite cannot be stopped in a query: the thread ends after it, and nothing waits for that.
    void worker?.terminate();
    worker = undefined;
    stopIdling();
    for (const { stopTimer, reject } of underWay.values()) {
      stopTimer();
      reject(error);
    }
    underWay.clear();
  };

  const settle = (message: Extract<FromReports, { id: number }>): void => {
    const report = underWay.get(message.id);
    if (!report) return;
    underWay.delete(message.id);
    report.stopTimer();
    if (message.kind === "done") report.resolve(message.text);
    else report.reject(errorOf(message));
  };

  const begin = (): Worker => {
    const begun = new Worker(program, { workerData: database, execArgv: [], name: "reports" });
    // A report that nothing waits for keeps no process running.
    begun.unref();
    begun.on("message", (message: FromReports) => {
      if (begun !== worker) return;
      if (message.kind === "connection-lost") return onLost(message.cause);
      settle(message);
      next();
    });
    begun.on("error", (error) => {
      if (begun !== worker) return;
      end(error instanceof Error ? error : new Error(String(error)));
      next();
    });
    return begun;
  };

  const next = (): void => {
    while (underWay.size < atOnce) {
      const report = waiting.shift();
      if (!report) break;
      stopIdling();
      worker ??= begin();
      worker.ref();
      const stopTimer = timers.after(limitMs, () => {
        end(new Error(`a report took longer than ${limitMs / 1000} s`));
        next();
      });
      underWay.set(report.id, { ...report, stopTimer });
      worker.postMessage({ id: report.id, report: report.report } satisfies ToReports);
    }
    if (underWay.size > 0 || !worker) return;
    worker.unref();
    stopIdling();
    stopIdling = timers.after(IDLE_MS, () => end(new Error("idle")));
  };

  const ask = (report: Report): Promise<string | Uint8Array> =>
    new Promise((resolve, reject) => {
      if (waiting.length >= MAX_WAITING) return reject(new ReaderBusy());
      lastId += 1;
      waiting.push({ id: lastId, report, resolve, reject });
      next();
    });

  return {
    all: async (sql, values = []) => JSON.parse(String(await ask({ kind: "rows", sql, values }))),
    overview: async (query) => JSON.parse(String(await ask({ kind: "overview", query }))),
    usage: (asked) => ask({ kind: "usage", asked }),
    close: async () => {
      for (const { reject } of waiting.splice(0)) reject(new Error("the database is closed"));
      end(new Error("the database is closed"));
    },
  };
};

const errorOf = ({ name, message, code }: Extract<FromReports, { kind: "failed" }>): Error => {
  if (name === "TooManySums") return new TooManySums();
  return Object.assign(new Error(message), code === undefined ? {} : { code });
};
