// Rounds of load against several programs in turn, so that a machine's slow moments fall on all of them.
import { runInProcess } from "./child-process.ts";
import type { Lengths } from "./lengths.ts";
import type { Program } from "./program.ts";

/** The request that is sent over and over. */
export interface RequestTemplate {
  /** Bearer tokens, one per request, in turn. */
  tokens: readonly string[];
  /** GET by default. */
  method?: "POST";
  headers?: Record<string, string>;
  body?: string;
}

export interface Target extends RequestTemplate {
  name: string;
  program: Program;
  path: string;
}

/** How much load is sent: either `seconds` or `requests`. */
export interface LoadAmount {
  seconds?: number;
  requests?: number;
  /** 32 by default. */
  connections?: number;
}

/** The load generator's input. */
export interface LoadJob extends RequestTemplate, LoadAmount {
  url: string;
}

/** The load generator's result. */
export interface LoadResult {
  perSecond: number;
  /** Requests answered with 2xx. */
  answered: number;
  /** Errors, time-outs and every answer but 2xx. */
  failed: number;
  /** Milliseconds. */
  p50: number;
  p99: number;
}

export interface Round extends LoadResult {
  /** Processor time of the program's threads and child processes, per request answered. */
  cpuMicroseconds: number;
}

export interface TargetResults {
  name: string;
  rounds: Round[];
  /** Of the burst before the rounds. */
  burstFailed: number;
  /** The most resident memory after any round. */
  residentMiB: number;
}

/** How much each target is sent. */
export interface RoundPlan {
  warmUp: LoadAmount;
  rounds: number;
  round: LoadAmount;
}

/** Connections of the burst: many times those of the rounds, so that most requests wait. */
const BURST_CONNECTIONS = 500;

/** Sends load to one target. */
export const load = async (
  { name, program, path, ...template }: Target,
  amount: LoadAmount,
): Promise<Round> => {
  const job: LoadJob = { ...template, ...amount, url: program.url + path };
  const before = program.cpuSeconds();
  const result = await runInProcess<LoadResult>("./load.ts", job);
  const cpuMicroseconds = ((program.cpuSeconds() - before) * 1e6) / result.answered;
  return { ...result, cpuMicroseconds };
};

/** V8 keeps what it learns of a program while many connections arrive at once. */
export const sendBurst = (target: Target, { burstSeconds }: Lengths): Promise<Round> =>
  load(target, { seconds: burstSeconds, connections: BURST_CONNECTIONS });

/** Warms each target up, then measures A B C A B C …. */
export const measureRounds = async (
  targets: readonly Target[],
  plan: RoundPlan,
): Promise<TargetResults[]> => {
  for (const target of targets) await load(target, plan.warmUp);
  const results = targets.map(
    ({ name }): TargetResults => ({ name, rounds: [], burstFailed: 0, residentMiB: 0 }),
  );
  for (let count = 0; count < plan.rounds; count += 1) {
    for (const [index, target] of targets.entries()) {
      const round = await load(target, plan.round);
      const entry = results[index];
      entry?.rounds.push(round);
      if (entry) entry.residentMiB = Math.max(entry.residentMiB, target.program.residentMiB());
    }
  }
  return results;
};

/** The rounds of most sections: 32 connections, for some seconds. */
export const timedRounds = ({ warmUpSeconds, rounds, roundSeconds }: Lengths): RoundPlan => ({
  warmUp: { seconds: warmUpSeconds },
  rounds,
  round: { seconds: roundSeconds },
});

/** Sends each target a burst before its rounds, as a start in the middle of the day brings. */
export const measure = async (targets: readonly Target[], lengths: Lengths): Promise<TargetResults[]> => {
  const bursts: Round[] = [];
  for (const target of targets) bursts.push(await sendBurst(target, lengths));
  const results = await measureRounds(targets, timedRounds(lengths));
  return results.map((entry, index) => ({ ...entry, burstFailed: bursts[index]?.failed ?? 0 }));
};

/** The number below which this share of several numbers lies. */
export const quantile = (values: readonly number[], share: number): number =>
  values.toSorted((a, b) => a - b)[Math.floor(values.length * share)] ?? Number.NaN;

/** The middle one of several numbers. */
export const median = (values: readonly number[]): number => quantile(values, 0.5);
