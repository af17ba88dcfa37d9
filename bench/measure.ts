// Rounds of load against several programs in turn, so that a machine's mood falls on all of them.
import { apart } from "./apart.ts";
import type { Program } from "./program.ts";

/** What is sent over and over. */
export interface Sent {
  /** Callers', one per request, in turn. */
  tokens: readonly string[];
  /** GET by default. */
  method?: "POST";
  headers?: Record<string, string>;
  body?: string;
}

export interface Target extends Sent {
  name: string;
  program: Program;
  path: string;
}

/** What the load generator is told. */
export interface Job extends Sent {
  url: string;
  seconds: number;
  /** So many instead of so long. */
  requests?: number;
  /** 32 by default. */
  connections?: number;
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

export const ROUNDS = 5;
export const SECONDS = 4;

// The compiler needs tens of thousands of requests until it has seen enough.
const WARM_UP_SECONDS = 8;

/** What V8 learns of a program while many connections come at once, it keeps: a burst belongs before every measurement. */
const BURST = { connections: 500, requests: 40_000 };

const load = (
  { name, program, path, ...sent }: Target,
  seconds: number,
  more: Partial<Job> = {},
): Promise<Figures> => {
  const job: Job = { ...sent, url: program.url + path, seconds, ...more };
  return apart("./load.ts", job);
};

/** Sends each target a burst, warms it up, then measures A B C A B C …. */
export const measure = async (targets: readonly Target[]): Promise<Measured[]> => {
  const measured = targets.map(({ name }): Measured => ({ name, rounds: [], residentMiB: 0 }));
  for (const target of targets) {
    await load(target, 0, BURST);
    await load(target, WARM_UP_SECONDS);
  }
  for (let round = 0; round < ROUNDS; round += 1) {
    for (const [index, target] of targets.entries()) {
      const figures = await load(target, SECONDS);
      const entry = measured[index];
      entry?.rounds.push(figures);
      if (entry) entry.residentMiB = Math.max(entry.residentMiB, target.program.residentMiB());
    }
  }
  return measured;
};

/** The number below which this share of several numbers lies. */
export const quantile = (values: readonly number[], share: number): number =>
  values.toSorted((a, b) => a - b)[Math.floor(values.length * share)] ?? Number.NaN;

/** The middle one of several numbers. */
export const median = (values: readonly number[]): number => quantile(values, 0.5);
