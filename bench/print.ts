// How figures are printed: tables.
import type { Latency } from "./constant-rate.ts";
import { median, type TargetResults } from "./measure.ts";
import type { SingleRequestLatency } from "./single-requests.ts";

/** Prints a line. */
export const print = (line = ""): void => {
  process.stdout.write(`${line}\n`);
};

/** Requests per second, the median of the rounds. */
export const perSecond = (entry: TargetResults | undefined): number =>
  median((entry?.rounds ?? []).map((round) => round.perSecond));

/** Processor time per request, the median of the rounds. */
export const cpuMicroseconds = (entry: Pick<TargetResults, "rounds"> | undefined): number =>
  median((entry?.rounds ?? []).map((round) => round.cpuMicroseconds));

/** Prints a line of a table: a name and right-aligned columns. */
export const printRow = (name: string, ...columns: string[]): void => {
  print([name.padEnd(38), ...columns.map((column) => column.padStart(9))].join(" "));
};

/** A table of rounds under load. */
export const printRows = (title: string, entries: readonly TargetResults[]): void => {
  print();
  printRow(title, "req/s", "min", "max", "CPU us", "p50 ms", "p99 ms", "failed", "MiB");
  for (const { name, rounds, burstFailed, residentMiB } of entries) {
    const rates = rounds.map((round) => round.perSecond);
    printRow(
      name,
      median(rates).toFixed(0),
      Math.min(...rates).toFixed(0),
      Math.max(...rates).toFixed(0),
      cpuMicroseconds({ rounds }).toFixed(0),
      median(rounds.map((round) => round.p50)).toFixed(1),
      median(rounds.map((round) => round.p99)).toFixed(1),
      String(rounds.reduce((sum, round) => sum + round.failed, burstFailed)),
      residentMiB.toFixed(0),
    );
  }
};

/** A table of single requests, each compared with the first. */
export const printSingleRequests = (title: string, latencies: readonly SingleRequestLatency[]): void => {
  print();
  printRow(title, "p50 ms", "p99 ms", "adds us", "of a mint");
  for (const { name, p50, p99 } of latencies) {
    const added = p50 - (latencies[0]?.p50 ?? 0);
    const share = `${((100 * added) / p50).toFixed(1)} %`;
    printRow(name, p50.toFixed(3), p99.toFixed(3), (added * 1000).toFixed(0), share);
  }
};

/** A table of latencies at a constant rate, each compared with the first. */
export const printLatencies = (title: string, latencies: readonly Latency[]): void => {
  print();
  printRow(title, "p50 ms", "p99 ms", "adds ms", "failed");
  for (const { name, p50, p99, failed } of latencies) {
    const added = p50 - (latencies[0]?.p50 ?? 0);
    printRow(name, p50.toFixed(3), p99.toFixed(3), added.toFixed(3), String(failed));
  }
};
