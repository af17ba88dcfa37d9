// What the service counts.
import type { Clock } from "../clock.ts";

export type Outcome = "ok" | "refused" | "failed";

export interface Metrics {
  request(method: string, route: string, status: number, seconds: number): void;
  mint(profile: string, outcome: Outcome, seconds: number): void;
  toolCall(tool: string, outcome: Outcome, seconds: number): void;
  /** A refusal, by the code of its problem. */
  refused(code: string): void;
  /** A request that found a limit used up, by the limit's window. */
  limitReached(window: string): void;
  /** Limits counted by Redis, or by this replica alone while Redis does not answer. */
  limitsCounted(by: "redis" | "insurance"): void;
  /** An attempt with a key at OpenAI, and how it ended. */
  upstreamAttempt(key: string, outcome: string): void;
  /** Whether a key at OpenAI is used: not while OpenAI refuses it, or a breaker is open. */
  upstreamKeyUsable(key: string, usable: boolean): void;
  /** Whether a key is out for a family of endpoints: mints, calls, models, moderations or data. */
  upstreamBreakerOpen(key: string, family: string, open: boolean): void;
  /** A relayed answer: what it used of a model that OpenAI answered for, and where it came from, where answers are kept. */
  relayed(
    used: { model: string; input: number; output: number } | undefined,
    cache: string | undefined,
  ): void;
  /** An error that nobody caught, after which the process ends. */
  fatalError(): void;
  /** The whole registry in Prometheus' text format. */
  render(): Promise<{ contentType: string; body: string }>;
}

/** Counts and times a piece of work, whichever way it ends. `outcomeOf` judges what was thrown. */
export const timed = async <T>(
  clock: Pick<Clock, "monotonic">,
  record: (outcome: Outcome, seconds: number) => void,
  outcomeOf: (error: unknown) => Outcome,
  work: () => Promise<T>,
): Promise<T> => {
  const start = clock.monotonic();
  const seconds = () => (clock.monotonic() - start) / 1000;
  try {
    const result = await work();
    record("ok", seconds());
    return result;
  } catch (error) {
    record(outcomeOf(error), seconds());
    throw error;
  }
};
