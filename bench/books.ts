// The questions that reports and the operator's page ask of ten million records, in SQLite and in Postgres.
import { existsSync, mkdirSync, renameSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { monitorEventLoopDelay } from "node:perf_hooks";
import pg from "pg";
import { systemTimers } from "../server/clock.ts";
import { type ReportsThread, reportsThread } from "../server/compose/reports.node.ts";
import { sqlBooks } from "../server/ledger/books.sql.ts";
import type { Books, SumsQuery } from "../server/ledger/books.ts";
import type { OverviewQuery } from "../server/ledger/overview.ts";
import { Secret } from "../server/secret.ts";
import { openPostgres } from "../server/store/database.postgres.ts";
import { openSqlite } from "../server/store/database.sqlite.ts";
import type { Statements } from "../server/store/database.ts";
import { loadMigrations } from "../server/store/migrations.fs.ts";
import { fillBooks } from "./books-data.ts";
import type { Lengths } from "./lengths.ts";
import { median } from "./measure.ts";
import { startPostgres } from "./postgres.ts";
import { print, printRow } from "./print.ts";
import { printBelow } from "./targets.ts";

const BOUND_MS = 200;
const ports = { timers: systemTimers, onLost: () => {} };
const UNTIL = Date.UTC(2026, 10, 21, 12);
const DAY_MS = 86_400_000;

const days = (count: number) => ({ since: UNTIL - count * DAY_MS, until: UNTIL });
const all: Pick<SumsQuery, "by" | "period" | "timeZone" | "where"> = {
  ...{ by: [], period: undefined, timeZone: "UTC", where: {} },
};

// As many as a chart can tell apart.
const eight = Array.from({ length: 8 }, (_, index) => `user:person${index}`);
const overview = (by: "model" | "user"): OverviewQuery => ({
  ...{ ...days(30), by, period: "day", measure: "cost", timeZone: "UTC", where: {} },
});

/** Each as a chart or a table of the page asks it. */
const questions: Record<string, (books: Books & Pick<ReportsThread, "overview">) => Promise<unknown[]>> = {
  "spend by day, 30 days": ({ sums }) => sums({ ...all, ...days(30), by: ["kind"], period: "day" }),
  "spend by day, 90 days": ({ sums }) => sums({ ...all, ...days(90), by: ["kind"], period: "day" }),
  "by day of Vienna, 90 days": ({ sums }) =>
    sums({ ...all, ...days(90), by: ["kind"], period: "day", timeZone: "Europe/Vienna" }),
  "by hour, 7 days": ({ sums }) => sums({ ...all, ...days(7), by: ["kind"], period: "hour" }),
  "by user, 30 days": ({ sums }) => sums({ ...all, ...days(30), by: ["user", "kind"] }),
  "by user, 90 days": ({ sums }) => sums({ ...all, ...days(90), by: ["user", "kind"] }),
  "by team, 90 days": ({ sums }) => sums({ ...all, ...days(90), by: ["team", "kind"] }),
  "by model, 90 days": ({ sums }) => sums({ ...all, ...days(90), by: ["model", "kind"] }),
  "by profile, 90 days": ({ sums }) => sums({ ...all, ...days(90), by: ["profile", "kind"] }),
  "by model and day of Vienna, 30 days": ({ sums }) =>
    sums({ ...all, ...days(30), by: ["model"], period: "day", timeZone: "Europe/Vienna" }),
  "eight users by day of Vienna, 30 days": ({ sums }) =>
    sums({
      ...all,
      ...days(30),
      by: ["user"],
      period: "day",
      timeZone: "Europe/Vienna",
      where: { user: eight },
    }),
  "one user by model and day, 90 days": ({ sums }) =>
    sums({ ...all, ...days(90), by: ["model"], period: "day", where: { user: ["user:person0"] } }),
  "one team by user, 30 days": ({ sums }) =>
    sums({ ...all, ...days(30), by: ["user"], where: { team: ["team3"] } }),
  "one team by model, 30 days": ({ sums }) =>
    sums({ ...all, ...days(30), by: ["model"], where: { team: ["team3"] } }),
  "one model by user, 30 days": ({ sums }) =>
    sums({ ...all, ...days(30), by: ["user"], where: { model: ["gpt-model-3"] } }),
  "the operator's page, 30 days by user": async (books) => [await books.overview(overview("user"))],
  "the operator's page, 30 days by model": async (books) => [await books.overview(overview("model"))],
  "latencies by day, 30 days": ({ latencies }) =>
    latencies({ ...days(30), kind: "relay", period: "day", timeZone: "UTC" }),
  "latencies by hour, 1 day": ({ latencies }) =>
    latencies({ ...days(1), kind: undefined, period: "hour", timeZone: "UTC" }),
  "refusals by reason, 30 days": ({ refusals }) => refusals({ ...days(30), where: {} }),
  "refusals of a team, 7 days": ({ refusals }) => refusals({ ...days(7), where: { team: ["team3"] } }),
  "newest 50 requests": ({ records }) => records({ ...days(90), where: {}, limit: 50 }),
  "newest 50 of a user": ({ records }) =>
    records({ ...days(90), where: { user: ["user:person199"] }, limit: 50 }),
  "newest 50 of a model": ({ records }) =>
    records({ ...days(90), where: { model: ["gpt-model-11"] }, limit: 50 }),
  "newest 50 of a model never used": ({ records }) =>
    records({ ...days(90), where: { model: ["none"] }, limit: 50 }),
  "one request's story": async ({ find }) => [await find("105000000-bench")],
};

interface Filled {
  reader: ReportsThread;
  stop(): Promise<void>;
}

/** Measures and prints this section. What was filled stays in the system's folder for temporary files, for the next time. */
export const measureBooks = async ({ records, rounds }: Lengths): Promise<void> => {
  const folder = join(tmpdir(), "realtime-key-broker-bench");
  mkdirSync(folder, { recursive: true });
  const databases = {
    SQLite: () => sqlite(join(folder, `books-${records}.db`), records),
    Postgres: () => postgres(join(folder, `postgres-${records}`), records),
  };
  for (const [name, open] of Object.entries(databases)) {
    const books = await open();
    if (!books) print(`No ${name} is installed.`);
    else await measure(name, books, rounds, records);
    await books?.stop();
  }
};

const measure = async (name: string, { reader }: Filled, rounds: number, records: number): Promise<void> => {
  const books = { ...sqlBooks(reader), overview: reader.overview };
  print();
  printRow(
    `${name}, ${records.toLocaleString("en")} records`,
    "rows",
    "first ms",
    "p50 ms",
    "max ms",
    "CPU ms",
  );
  const delays = monitorEventLoopDelay({ resolution: 1 });
  delays.enable();
  let slowest = 0;
  for (const [question, ask] of Object.entries(questions)) {
    const times: number[] = [];
    let cpuMs = 0;
    let rows = 0;
    for (let round = 0; round <= rounds; round += 1) {
      const began = performance.now();
      const before = process.cpuUsage();
      rows = (await ask(books)).length;
      times.push(performance.now() - began);
      const { user, system } = process.cpuUsage(before);
      cpuMs = (user + system) / 1000;
    }
    const [first = 0, ...later] = times;
    slowest = Math.max(slowest, median(later));
    const figures = [first, median(later), Math.max(...later), cpuMs].map((ms) => ms.toFixed(1));
    printRow(question, String(rows), ...figures);
  }
  delays.disable();
  print();
  printBelow(`${name}: the slowest question`, slowest, "ms", BOUND_MS);
  print(`The event loop was held up ${(delays.max / 1e6).toFixed(1)} ms at most.`);
};

const sqlite = async (path: string, records: number): Promise<Filled> => {
  if (!existsSync(path)) {
    for (const end of [".new", ".new-wal", ".new-shm"]) rmSync(path + end, { force: true });
    const migrations = loadMigrations("sqlite");
    const database = await openSqlite(`${path}.new`, migrations);
    await database.run("pragma synchronous = off");
    await database.run("pragma cache_size = -500000");
    await fill("SQLite", () => fillBooks(database, "sqlite", migrations, records, UNTIL));
    await database.close();
    renameSync(`${path}.new`, path);
  }
  // As beside a running service, which has the file open.
  const database = await openSqlite(path, loadMigrations("sqlite"));
  const reader = reportsThread({ kind: "sqlite", path }, ports);
  return {
    reader,
    stop: async () => {
      await reader.close();
      await database.close();
    },
  };
};

const postgres = async (folder: string, records: number): Promise<Filled | undefined> => {
  const server = await startPostgres(folder);
  if (!server) return undefined;
  const url = new Secret(server.url);
  const migrations = loadMigrations("postgres");
  await (await openPostgres(url, migrations, () => {})).close();
  const client = new pg.Client({ connectionString: server.url });
  await client.connect();
  const run: Statements["run"] = async (sql) => (await client.query(sql)).rowCount ?? 0;
  const { rows } = await client.query("select 1 from usage_latencies limit 1");
  if (rows.length === 0) {
    await client.query("truncate usage_records, usage_hours, usage_days, usage_refusals");
    await fill("Postgres", () => fillBooks({ run }, "postgres", migrations, records, UNTIL));
    await client.query("vacuum analyze");
  }
  await client.end();
  const reader = reportsThread({ kind: "postgres", url: server.url }, ports);
  return {
    reader,
    stop: async () => {
      await reader.close();
      await server.stop();
    },
  };
};

const fill = async (name: string, work: () => Promise<void>): Promise<void> => {
  const began = performance.now();
  await work();
  print(`${name} was filled in ${((performance.now() - began) / 1000).toFixed(0)} s.`);
};
