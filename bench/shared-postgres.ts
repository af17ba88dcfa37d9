// How many records a second Postgres takes from the ledgers of several replicas.
import { randomUUID } from "node:crypto";
import pg from "pg";
import { systemTimers } from "../server/clock.ts";
import { requestIdOf } from "../server/http/request-id.ts";
import { lineOf } from "../server/ledger/entry.ts";
import { memorySegments } from "../server/ledger/segments.memory.ts";
import { sqlLedgerStore } from "../server/ledger/store.sql.ts";
import { createWriter } from "../server/ledger/writer.ts";
import { Secret } from "../server/secret.ts";
import { openPostgres } from "../server/store/database.postgres.ts";
import { loadMigrations } from "../server/store/migrations.fs.ts";
import { usageRecord } from "../test/support/usage-records.ts";
import type { Lengths } from "./lengths.ts";
import type { Postgres } from "./postgres.ts";
import { print, printRow } from "./print.ts";
import { cpuSecondsOf } from "./program.ts";

const REPLICAS = [1, 2, 4, 8, 16];
const QUICK_REPLICAS = [1, 2];
/** In one piece of a journal. */
const RECORDS = 2000;
const CALLERS = 1000;

/** Measures and prints. The records of all replicas are of the same hour, so they add to the same sums. */
export const measureSharedPostgres = async ({ url, pid }: Postgres, lengths: Lengths): Promise<void> => {
  print(
    `\nPostgres, which waits for its disk: ledgers of replicas that write as fast as they can. A core is 100 %.`,
  );
  print();
  printRow("Replicas", "records/s", "Postgres %", "us each", "load %", "connections", "failed");
  for (const replicas of lengths.rounds === 1 ? QUICK_REPLICAS : REPLICAS) {
    const { written, failed, seconds, postgresSeconds, ownSeconds, connections } = await writeFrom(
      replicas,
      { url, pid },
      lengths.roundSeconds * 1000,
    );
    const percent = (cpu: number) => ((100 * cpu) / seconds).toFixed(0);
    printRow(
      `  ${replicas}`,
      ...[(written / seconds).toFixed(0), percent(postgresSeconds)],
      ...[
        ((1e6 * postgresSeconds) / written).toFixed(0),
        percent(ownSeconds),
        String(connections),
        String(failed),
      ],
    );
  }
};

const writeFrom = async (replicas: number, { url, pid }: Pick<Postgres, "url" | "pid">, ms: number) => {
  const migrations = loadMigrations("postgres");
  const open = () => openPostgres(new Secret(url), migrations, () => {});
  const databases = await Promise.all(Array.from({ length: replicas }, open));
  let [written, failed] = [0, 0];
  const watch = new pg.Client({ connectionString: url });
  await watch.connect();
  const [postgresBefore, ownBefore, began] = [cpuSecondsOf(pid), process.cpuUsage(), performance.now()];
  const writeFor = async (database: (typeof databases)[number]): Promise<void> => {
    const segments = memorySegments();
    const writer = createWriter({
      ...{ segments, store: sqlLedgerStore(database, "postgres"), timers: systemTimers },
      ...{ onWritten: () => {}, onDone: () => {} },
      onFailure: () => {
        failed += 1;
      },
    });
    while (performance.now() - began < ms) {
      const segment = await segments.create();
      const bytes = someRecords();
      await segment.write(bytes, 0);
      writer.add({ name: segment.name, bytes: bytes.length, isWhole: true });
      await writer.settled();
      written += RECORDS;
    }
  };
  await Promise.all(databases.map(writeFor));
  const seconds = (performance.now() - began) / 1000;
  const postgresSeconds = cpuSecondsOf(pid) - postgresBefore;
  const own = process.cpuUsage(ownBefore);
  const { rows } = await watch.query(
    "select count(*)::int as count from pg_stat_activity where application_name = 'realtime-key-broker'",
  );
  await watch.end();
  await Promise.all(databases.map((database) => database.close()));
  const ownSeconds = (own.user + own.system) / 1e6;
  return { written, failed, seconds, postgresSeconds, ownSeconds, connections: Number(rows[0]?.count) };
};

const someRecords = (): Buffer => {
  const now = Date.now();
  const lines = Array.from({ length: RECORDS }, (_, index) =>
    lineOf({
      record: usageRecord(requestIdOf(now + index, randomUUID()), {
        caller: `user:${index % CALLERS}`,
        model: `model-${index % 5}`,
      }),
    }),
  );
  return Buffer.from(lines.join(""));
};
