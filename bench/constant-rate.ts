// Latency of several programs at a constant rate, far below what they could serve.
import { runInProcess } from "./child-process.ts";
import type { Lengths } from "./lengths.ts";
import type { RequestTemplate, Target } from "./measure.ts";

export interface Latency {
  name: string;
  /** Milliseconds, of the requests that were answered with 2xx; NaN where none was. */
  p50: number;
  p99: number;
  failed: number;
}

/** The generator's input. */
export interface ConstantRateJob {
  templates: (RequestTemplate & { url: string })[];
  perSecond: number;
  rounds: number;
  seconds: number;
}

/** The generator's result for each template. JSON has no NaN. */
export type ConstantRateResult = { [Figure in "p50" | "p99"]: number | null } & { failed: number };

/** Sends each target requests at this rate, the targets in turn. */
export const measureConstantRate = async (
  targets: readonly Target[],
  perSecond: number,
  { constantRateRounds: rounds, constantRateSeconds: seconds }: Lengths,
): Promise<Latency[]> => {
  const templates = targets.map(({ name, program, path, ...template }) => ({
    ...template,
    url: program.url + path,
  }));
  const job: ConstantRateJob = { templates, perSecond, rounds, seconds };
  return latenciesOf(targets, await runInProcess("./constant-rate-load.ts", job));
};

/** The generator's results under the templates' names. */
export const latenciesOf = (
  named: readonly { name: string }[],
  results: readonly ConstantRateResult[],
): Latency[] =>
  results.map(({ p50, p99, failed }, index) => ({
    name: named[index]?.name ?? "",
    p50: p50 ?? Number.NaN,
    p99: p99 ?? Number.NaN,
    failed,
  }));
