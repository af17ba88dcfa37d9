// Does a piece of work with a pool of keys: one bad key, region or minute at OpenAI is not noticed.
import type { Clock } from "../clock.ts";
import { Failure } from "../failures/failure.ts";
import type { Job } from "./job.ts";
import { isKeysOwn, type Outcome } from "./outcome.ts";
import type { Choice, Pool, PoolKey } from "./pool.ts";
import { backoffMs, type RetryBudget } from "./retry-budget.ts";
import { refusedFor, unavailable } from "./unavailable.ts";
import { UpstreamError } from "./upstream.ts";

export interface AttemptPorts<Key extends PoolKey> {
  pool: Pool<Key>;
  budget: RetryBudget;
  clock: Clock;
  random(): number;
  /** Rejects with the signal's reason. */
  pause(ms: number, signal: AbortSignal): Promise<void>;
  onAttempt(key: string, outcome: Outcome["kind"]): void;
}

/** What is to be done with one of the keys. */
export interface Task<Key extends PoolKey, Done> {
  /** For the choice of a key. */
  job: Job;
  /** For all attempts together. */
  timeoutMs: number;
  /** Ends it when the caller goes. */
  signal: AbortSignal;
  /** Throws a `Failure` whose cause carries an `UpstreamError`, or the signal's reason. */
  attempt(key: Key, timeoutMs: number): Promise<Done>;
  /** Whether what was done is that OpenAI refused the request, which the caller has been told. */
  isRefusal?(done: Done): boolean;
  /** Whether it can still be done again after an attempt that failed; always, by default. */
  mayRepeat?(): boolean;
}

export type Attempts<Key extends PoolKey> = <Done>(task: Task<Key, Done>) => Promise<Done>;

/** How often one task asks a key again that has just failed. */
const REPEATS = 2;

/**
 * Tries until it is done. Throws what the attempts came to: what the last one threw, `upstream-limited`,
 * `upstream-scope-missing`, or `upstream-unavailable` when no key may be used now.
 */
export const createAttempts =
  <Key extends PoolKey>(ports: AttemptPorts<Key>): Attempts<Key> =>
  async (task) => {
    const { pool, budget, clock } = ports;
    const { job } = task;
    const endsAt = clock.monotonic() + task.timeoutMs;
    const tried = new Map<string, "failed" | "refused">();
    const failures: Failure[] = [];
    let repeats = 0;
    budget.earn(job.callerId);
    for (;;) {
      const choice = pool.choose(job, tried) ?? (await again());
      if (!choice) {
        throw failures.length === 0
          ? unavailable(pool.outlook(job), job)
          : refusedFor(failures, pool.outlook(job));
      }
      const { name } = choice.key;
      try {
        return await attemptWith(ports, choice, task, endsAt - clock.monotonic(), !tried.has(name));
      } catch (error) {
        if (!(error instanceof Failure)) throw error;
        failures.push(error);
        const next = task.mayRepeat?.() === false ? undefined : nextAfter(error);
        if (!next || (next === "failed" && !budget.spend(job.callerId))) {
          throw refusedFor(failures, pool.outlook(job));
        }
        tried.set(name, next);
      }
    }

    // All keys were tried. One that failed may be worth a second question, after a pause; one that refused is not.
    async function again(): Promise<Choice<Key> | undefined> {
      const refused = new Map([...tried].filter(([, how]) => how === "refused"));
      if (refused.size === tried.size || repeats === REPEATS) return undefined;
      repeats += 1;
      const pauseMs = backoffMs(repeats, ports.random);
      if (clock.monotonic() + pauseMs >= endsAt) return undefined;
      await ports.pause(pauseMs, task.signal);
      return pool.choose(job, refused);
    }
  };

const attemptWith = async <Key extends PoolKey, Done>(
  { clock, onAttempt }: AttemptPorts<Key>,
  { key, report }: Choice<Key>,
  task: Task<Key, Done>,
  timeoutMs: number,
  isFirst: boolean,
): Promise<Done> => {
  const began = clock.monotonic();
  const end = (outcome: Outcome): void => {
    // One request counts once against a key; and what the attempts before it left of the time was no fair time.
    const isLate = outcome.kind === "failed" && outcome.how === "timeout";
    report(outcome, isFirst && !(isLate && timeoutMs < task.timeoutMs / 2));
    onAttempt(key.name, outcome.kind);
  };
  try {
    const done = await task.attempt(key, timeoutMs);
    const isRefusal = task.isRefusal?.(done) === true;
    end(
      isRefusal ? { kind: "request-at-fault" } : { kind: "answered", latencyMs: clock.monotonic() - began },
    );
    return done;
  } catch (error) {
    const fault = faultOf(error);
    if (fault) fault.report.key = key.name;
    end(fault?.outcome ?? { kind: "abandoned" });
    throw error;
  }
};

const faultOf = (error: unknown): UpstreamError | undefined =>
  error instanceof Failure && error.cause instanceof UpstreamError ? error.cause : undefined;

// What a failure makes of the key for the rest of the task; undefined where nothing is to be asked again.
const nextAfter = (error: Failure): "failed" | "refused" | undefined => {
  const outcome = faultOf(error)?.outcome;
  if (isKeysOwn(outcome)) return "refused";
  // A request without an answer in time has no time left.
  return outcome?.kind === "failed" && outcome.how !== "timeout" ? "failed" : undefined;
};
