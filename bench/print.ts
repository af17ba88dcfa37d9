// How figures are shown: tables, and what is aimed at.
import type { Cost } from "./costs.ts";
import { type Measured, median } from "./measure.ts";
import type { Paced } from "./paced.ts";

/** Prints a line. */
export const print = (line = ""): void => {
  process.stdout.write(`${line}\n`);
};

/** The middle one of an entry's rounds. */
export const perSecond = (entry: Measured | undefined): number =>
  median((entry?.rounds ?? []).map((round) => round.perSecond));

/** A table of rounds under load. */
export const printRows = (title: string, entries: readonly Measured[]): void => {
  print(
    `\n${title.padEnd(34)} ${"req/s (min-max)".padStart(22)} ${"p50 ms".padStart(7)} ${"p99 ms".padStart(7)} ${"failed".padStart(7)} ${"MiB".padStart(5)}`,
  );
  for (const entry of entries) {
    const rates = entry.rounds.map((round) => round.perSecond);
    const range = `${perSecond(entry).toFixed(0)} (${Math.min(...rates).toFixed(0)}-${Math.max(...rates).toFixed(0)})`;
    const p50 = median(entry.rounds.map((round) => round.p50)).toFixed(1);
    const p99 = median(entry.rounds.map((round) => round.p99)).toFixed(1);
    const failed = entry.rounds.reduce((sum, round) => sum + round.failed, 0);
    print(
      `${entry.name.padEnd(34)} ${range.padStart(22)} ${p50.padStart(7)} ${p99.padStart(7)} ${String(failed).padStart(7)} ${entry.residentMiB.toFixed(0).padStart(5)}`,
    );
  }
};

/** A table of single requests, each held against the first. */
export const printCosts = (title: string, costs: readonly Cost[]): void => {
  const [base] = costs;
  print(
    `\n${title.padEnd(34)} ${"p50 ms".padStart(9)} ${"p99 ms".padStart(9)} ${"adds us".padStart(9)} ${"of a mint".padStart(10)}`,
  );
  for (const { name, p50, p99 } of costs) {
    const added = p50 - (base?.p50 ?? 0);
    const share = `${((100 * added) / p50).toFixed(1)} %`;
    print(
      `${name.padEnd(34)} ${p50.toFixed(3).padStart(9)} ${p99.toFixed(3).padStart(9)} ${(added * 1000).toFixed(0).padStart(9)} ${share.padStart(10)}`,
    );
  }
};

/** A table of requests at a constant rate, each way held against the first. */
export const printPaced = (title: string, paced: readonly Paced[]): void => {
  const [base] = paced;
  print(
    `\n${title.padEnd(34)} ${"p50 ms".padStart(9)} ${"p99 ms".padStart(9)} ${"adds ms".padStart(9)} ${"failed".padStart(7)}`,
  );
  for (const { name, p50, p99, failed } of paced) {
    const added = p50 - (base?.p50 ?? 0);
    print(
      `${name.padEnd(34)} ${p50.toFixed(3).padStart(9)} ${p99.toFixed(3).padStart(9)} ${added.toFixed(3).padStart(9)} ${String(failed).padStart(7)}`,
    );
  }
};

/** One line about what is aimed at. */
export const printTarget = (what: string, figure: string, target: string, reached: boolean): void => {
  print(
    `${what.padEnd(46)} ${figure.padStart(9)}   target ${target.padEnd(10)} ${reached ? "reached" : "NOT REACHED"}`,
  );
};
