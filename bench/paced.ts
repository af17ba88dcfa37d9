// What several programs take for a request at a constant rate, far below what they could do.
import { apart } from "./apart.ts";
import type { Sent, Target } from "./measure.ts";

export interface Paced {
  name: string;
  /** Milliseconds, of the requests that were answered with 2xx; not a number where none was. */
  p50: number;
  p99: number;
  failed: number;
}

/** What the pacer is told. */
export interface Pacing {
  ways: (Sent & { url: string })[];
  perSecond: number;
  rounds: number;
  seconds: number;
}

/** What the pacer found out about each way. JSON knows no NaN. */
export type Pace = { [Figure in "p50" | "p99"]: number | null } & { failed: number };

const ROUNDS = 6;
const SECONDS = 2;

/** Asks each target at this rate, the targets in turn. */
export const measurePaced = async (targets: readonly Target[], perSecond: number): Promise<Paced[]> => {
  const ways = targets.map(({ name, program, path, ...sent }) => ({ ...sent, url: program.url + path }));
  const pacing: Pacing = { ways, perSecond, rounds: ROUNDS, seconds: SECONDS };
  const found = await apart<Pace[]>("./pacer.ts", pacing);
  return found.map(({ p50, p99, failed }, index) => ({
    name: targets[index]?.name ?? "",
    p50: p50 ?? Number.NaN,
    p99: p99 ?? Number.NaN,
    failed,
  }));
};
