// What the ledger adds to a request, and how many records a second it writes.
import { randomUUID } from "node:crypto";
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { systemTimers } from "../server/clock.ts";
import { requestIdOf } from "../server/http/request-id.ts";
import { lineOf } from "../server/ledger/entry.ts";
import { memorySegments } from "../server/ledger/segments.memory.ts";
import { sqlLedgerStore } from "../server/ledger/store.sql.ts";
import { createWriter } from "../server/ledger/writer.ts";
import { Secret } from "../server/secret.ts";
import { openPostgres } from "../server/store/database.postgres.ts";
import { openSqlite } from "../server/store/database.sqlite.ts";
import type { Database, DatabaseAddress } from "../server/store/database.ts";
import { loadMigrations } from "../server/store/migrations.fs.ts";
import { usageRecord } from "../test/support/usage-records.ts";
import { plainRequest } from "./chat.ts";
import type { Lengths } from "./lengths.ts";
import { measure, type Target } from "./measure.ts";
import { startPostgres } from "./postgres.ts";
import { cpuMicroseconds, print, printRow, printRows } from "./print.ts";
import { start } from "./program.ts";
import { chatTargets } from "./relay.ts";
import { callerTokens, jwks, startService } from "./service.ts";
import { printBelow } from "./targets.ts";
import { TOOL_PATH } from "./tools.ts";

/** Measures and prints this section. */
export const measureLedger = async (lengths: Lengths): Promise<void> => {
  await measureRequests(lengths);
  await measureWriting(lengths);
};

const measureRequests = async (lengths: Lengths): Promise<void> => {
  const upstream = await start("upstream.ts", [jwks]);
  const off = await startService(upstream.url, { USAGE: "false" });
  const on = await startService(upstream.url, { USAGE: "true" });
  const tokens = callerTokens();
  const programs = [
    { name: "without the ledger", program: off, tokens },
    { name: "with the ledger", program: on, tokens },
  ];
  const at = (path: string): Target[] => programs.map((each) => ({ ...each, path }));
  const jobs: [string, Target[]][] = [
    ["Minted keys", at("/ephemeral-key")],
    ["Tool calls", at(TOOL_PATH)],
    ["Relayed chats", chatTargets(programs, plainRequest)],
  ];
  for (const [what, targets] of jobs) {
    const results = await measure(targets, lengths);
    printRows(what, results);
    print();
    const [without = Number.NaN, withIt = Number.NaN] = results.map(cpuMicroseconds);
    printBelow(`${what}: CPU with the ledger, to that without`, withIt / without, "x", 1.05, { digits: 3 });
  }
  for (const program of [off, on, upstream]) await program.stop();
};

const measureWriting = async ({ written }: Lengths): Promise<void> => {
  print(`\nWriting ${written.toLocaleString("en")} records of 50 callers and 5 models`);
  const folder = mkdtempSync(join(tmpdir(), "bench-ledger-"));
  const sqlite = await openSqlite(join(folder, "broker.db"), loadMigrations("sqlite"));
  await write(sqlite, "sqlite", written);
  await sqlite.close();
  // Postgres' own account has to reach its folder.
  const data = join(tmpdir(), `bench-ledger-postgres-${process.pid}`);
  const server = await startPostgres(data);
  if (server) {
    const postgres = await openPostgres(new Secret(server.url), loadMigrations("postgres"), () => {});
    await write(postgres, "postgres", written);
    await postgres.close();
    await server.stop();
  } else print("There is no Postgres on this machine.");
  for (const each of [folder, data]) rmSync(each, { recursive: true, force: true });
};

const write = async (database: Database, kind: DatabaseAddress["kind"], count: number): Promise<void> => {
  const began = Date.now();
  const lines = Array.from({ length: count }, (_, index) =>
    lineOf({
      record: usageRecord(requestIdOf(began + index, randomUUID()), {
        caller: `user:${index % 50}`,
        model: `model-${index % 5}`,
      }),
    }),
  );
  const bytes = Buffer.from(lines.join(""));
  const segments = memorySegments();
  const segment = await segments.create();
  await segment.write(bytes, 0);
  const writer = createWriter({
    ...{ segments, store: sqlLedgerStore(database, kind), timers: systemTimers },
    ...{ onWritten: () => {}, onDone: () => {} },
    onFailure: (error) => {
      throw error;
    },
  });
  const [startedAt, cpu] = [performance.now(), process.cpuUsage()];
  writer.add({ name: segment.name, bytes: bytes.length, isWhole: true });
  await writer.settled();
  const seconds = (performance.now() - startedAt) / 1000;
  const { user, system } = process.cpuUsage(cpu);
  const perSecond = Math.round(count / seconds).toLocaleString("en");
  printRow(kind, `${perSecond} records/s`, `${((user + system) / count).toFixed(1)} us of CPU each`);
};
