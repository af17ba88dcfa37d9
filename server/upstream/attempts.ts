// Does a piece of work with a pool of keys: one bad key, region or minute at OpenAI is not noticed.
import type { Clock } from "../clock.ts";
import { Failure } from "../failure.ts";
import type { Outcome } from "./health.ts";
import type { Choice, Pool, PoolKey } from "./pool.ts";
import { backoffMs, type RetryBudget } from "./retries.ts";
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
  model: string | undefined;
  /** For all attempts together. */
  timeoutMs: number;
  /** Ends it when the caller goes. */
  signal: AbortSignal;
  /** Throws a `Failure` whose cause carries an `UpstreamError`, or the signal's reason. */
  attempt(key: Key, timeoutMs: number): Promise<Done>;
  /** Whether it can still be done again after an attempt that failed; always, by default. */
  mayRepeat?(): boolean;
}

export type Attempts<Key extends PoolKey> = <Done>(task: Task<Key, Done>) => Promise<Done>;

/** How often one task asks a key again that has just failed. */
const REPEATS = 2;

/** Tries until it is done. Throws what the last attempt threw, or `upstream-unavailable` when no key may be used now. */
export const createAttempts =
  <Key extends PoolKey>(ports: AttemptPorts<Key>): Attempts<Key> =>
  async (task) => {
    const { pool, budget, clock } = ports;
    const endsAt = clock.monotonic() + task.timeoutMs;
    const tried = new Set<string>();
    let last: Failure | undefined;
    // Refused keys need no second question; those that failed may be worth one.
    let hasFailed = false;
    let repeats = 0;
    budget.earn();
    for (;;) {
      const choice = pool.choose(task.model, tried) ?? (await again());
      if (!choice) throw last ?? unavailable(pool, task.model, clock.now());
      tried.add(choice.key.name);
      try {
        return await attemptWith(ports, choice, task, endsAt - clock.monotonic());
      } catch (error) {
        if (!(error instanceof Failure) || task.mayRepeat?.() === false || !mayGoOn(error, budget))
          throw error;
        last = error;
        hasFailed ||= faultOf(error)?.outcome.kind === "failed";
      }
    }

    // All keys were tried. One that may still be used is asked again, after a pause.
    async function again(): Promise<Choice<Key> | undefined> {
      if (!hasFailed || repeats === REPEATS) return undefined;
      repeats += 1;
      const pauseMs = backoffMs(repeats, ports.random);
      if (clock.monotonic() + pauseMs >= endsAt) return undefined;
      await ports.pause(pauseMs, task.signal);
      return pool.choose(task.model, new Set());
    }
  };

const attemptWith = async <Key extends PoolKey, Done>(
  { clock, onAttempt }: AttemptPorts<Key>,
  { key, report }: Choice<Key>,
  task: Task<Key, Done>,
  timeoutMs: number,
): Promise<Done> => {
  const began = clock.monotonic();
  const end = (outcome: Outcome): void => {
    report(outcome);
    onAttempt(key.name, outcome.kind);
  };
  try {
    const done = await task.attempt(key, timeoutMs);
    end({ kind: "answered", latencyMs: clock.monotonic() - began });
    return done;
  } catch (error) {
    const fault = faultOf(error);
    if (fault) fault.report.key = key.name;
    const latencyMs = clock.monotonic() - began;
    end(
      fault?.outcome.kind === "answered"
        ? { kind: "answered", latencyMs }
        : (fault?.outcome ?? { kind: "abandoned" }),
    );
    throw error;
  }
};

const faultOf = (error: unknown): UpstreamError | undefined =>
  error instanceof Failure && error.cause instanceof UpstreamError ? error.cause : undefined;

// A key that is refused is left alone by all from then on, so moving on is no storm. Who had no answer in time has none left.
const mayGoOn = (error: Failure, budget: RetryBudget): boolean => {
  const fault = faultOf(error);
  const kind = fault?.outcome.kind;
  if (kind === "rejected" || kind === "limited") return true;
  if (kind !== "failed" || fault?.isAnswered || error.code === "upstream-timeout") return false;
  return budget.spend();
};

const unavailable = (pool: Pool<PoolKey>, model: string | undefined, now: number): Failure => {
  if (!pool.serves(model))
    return new Failure("upstream-unavailable", `No configured key has the model ${model}.`);
  const freeAt = pool.freeAt(model);
  if (freeAt === undefined) return new Failure("upstream-unavailable");
  const seconds = Math.max(1, Math.ceil((freeAt - now) / 1000));
  return new Failure("upstream-unavailable", undefined, { headers: { "retry-after": String(seconds) } });
};
