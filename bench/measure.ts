// Rounds of load against several programs in turn, so that a machine's mood falls on all of them.
import { execFile } from "node:child_process";
import { promisify } from "node:util";
import type { Program } from "./program.ts";

export interface Target {
  name: string;
  program: Program;
  path: string;
  tokens: string[];
}

export interface Figures {
  perSecond: number;
  /** Milliseconds. */
  p50: number;
  p99: number;
  failed: number;
}

export interface Measured {
  name: string;
  rounds: Figures[];
  /** The most resident memory seen after a round, in MiB. */
  residentMiB: number;
}

const run = promisify(execFile);
const loader = new URL("./load.ts", import.meta.url).pathname;

const load = async ({ program, path, tokens }: Target, seconds: number): Promise<Figures> => {
  const { stdout } = await run(process.execPath, [loader, program.url + path, String(seconds), ...tokens]);
  return JSON.parse(stdout);
};

// The compiler needs tens of thousands of requests until it has seen enough.
const WARM_UP_SECONDS = 8;

/** Warms each target up, then measures A B C A B C …. */
export const measure = async (targets: Target[], rounds: number, seconds: number): Promise<Measured[]> => {
  const measured = targets.map(({ name }): Measured => ({ name, rounds: [], residentMiB: 0 }));
  for (const target of targets) await load(target, WARM_UP_SECONDS);
  for (let round = 0; round < rounds; round += 1) {
    for (const [index, target] of targets.entries()) {
      const figures = await load(target, seconds);
      const entry = measured[index];
      entry?.rounds.push(figures);
      if (entry) entry.residentMiB = Math.max(entry.residentMiB, target.program.residentMiB());
    }
  }
  return measured;
};

/** The middle one of several numbers. */
export const median = (values: number[]): number =>
  values.toSorted((a, b) => a - b)[values.length >> 1] ?? Number.NaN;
