// Does a task with the keys of a pool, and again where that helps: callers do not notice one bad key, region or minute at OpenAI.
import { LRUCache } from "lru-cache";
import type { Clock } from "../clock.ts";
import { Failure } from "../failures/failure.ts";
import type { AttemptLog } from "../observe/event.ts";
import { isKeyFault, type Outcome } from "./outcome.ts";
import type { Pool } from "./pool.ts";
import type { Choice, PoolKey } from "./pool-members.ts";
import type { RoutingFacts } from "./routing.ts";
import { allKeysFailed, unavailable } from "./unavailable.ts";
import { type UpstreamReport, upstreamErrorOf } from "./upstream-error.ts";

export interface RetryPorts {
  pool: Pool;
  budget: RetryBudget;
  clock: Pick<Clock, "monotonic">;
  /** 0 to 1. */
  random(): number;
  /** Rejects with the signal's reason. */
  pause(ms: number, signal: AbortSignal): Promise<void>;
  /** `ms` until the answer began, or the attempt failed. */
  onAttempt(key: string, outcome: Outcome["kind"], family: RoutingFacts["family"], ms: number): void;
}

export interface Task<Result> {
  facts: RoutingFacts;
  /** For all attempts together. */
  timeoutMs: number;
  /** Ends it when the caller goes. */
  signal: AbortSignal;
  /** Where its attempts are noted; undefined where no one asks for them. */
  attemptLog?: AttemptLog | undefined;
  /** Throws a `Failure` whose cause is an `UpstreamError`, or the signal's reason. */
  attempt(key: PoolKey, timeoutMs: number): Promise<Result>;
  /** Whether OpenAI refused the request, and the caller has been told so. */
  isRefusal?(result: Result): boolean;
  /** Whether it can be attempted again after a failure; by default it can. */
  mayRepeat?(): boolean;
}

/**
 * Tries until it is done. Throws what the last attempt threw, `upstream-limited`, `upstream-scope-missing`, or
 * `upstream-unavailable` when no key may be used now.
 */
export type Retry = <Result>(task: Task<Result>) => Promise<Result>;

/** Retries of one task with a key that has failed already. */
const MAX_REPEATS = 2;
/** The longest pause before the first of them: exponential with full jitter. */
const FIRST_PAUSE_MS = 100;

/** What failed attempts leave behind for the next one. */
interface History {
  tried: Map<PoolKey, "failed" | "refused">;
  failures: Failure[];
  repeats: number;
}

export const createRetry =
  (ports: RetryPorts): Retry =>
  async (task) => {
    const { pool, budget, clock, onAttempt } = ports;
    const { facts } = task;
    const endsAt = clock.monotonic() + task.timeoutMs;
    // Created by the first failure: hundreds of requests may be in flight, and nearly none of them fails.
    let history: History | undefined;
    budget.deposit(facts.callerId);
    for (;;) {
      const choice = history ? await chooseNext(ports, task, history, endsAt) : pool.choose(facts, noneTried);
      if (!choice) {
        const availability = pool.availability(facts);
        throw history ? allKeysFailed(history.failures, availability) : unavailable(availability, facts);
      }
      const { name } = choice.key;
      const begunAt = clock.monotonic();
      task.attemptLog?.trace?.attemptBegins(name);
      const timeoutMs = endsAt - begunAt;
      let result: Awaited<ReturnType<typeof task.attempt>>;
      try {
        result = await task.attempt(choice.key, timeoutMs);
      } catch (error) {
        const cause = upstreamErrorOf(error);
        if (cause) cause.report.key = name;
        const outcome: Outcome = cause?.outcome ?? { kind: "abandoned" };
        // A request counts once against a key, and a timeout only where earlier attempts left it a fair share of the time.
        const isUnfair = isTimeout(outcome) && timeoutMs < task.timeoutMs / 2;
        choice.report(outcome, !history?.tried.has(choice.key) && !isUnfair);
        const ms = clock.monotonic() - begunAt;
        onAttempt(name, outcome.kind, facts.family, ms);
        note(task.attemptLog, name, outcome, ms, !history, cause?.report);
        if (!(error instanceof Failure)) throw error;
        history ??= { tried: new Map(), failures: [], repeats: 0 };
        history.failures.push(error);
        const next = task.mayRepeat?.() === false ? undefined : nextAfter(outcome);
        if (!next || (next === "failed" && !budget.withdraw(facts.callerId))) {
          throw allKeysFailed(history.failures, pool.availability(facts));
        }
        history.tried.set(choice.key, next);
        continue;
      }
      const ms = clock.monotonic() - begunAt;
      const outcome: Outcome = task.isRefusal?.(result)
        ? { kind: "request-at-fault" }
        : { kind: "answered", latencyMs: ms };
      choice.report(outcome, true);
      onAttempt(name, outcome.kind, facts.family, ms);
      note(task.attemptLog, name, outcome, ms, !history);
      return result;
    }
  };

// Of a request that went well with its first key, only the trace is told.
const note = (
  log: AttemptLog | undefined,
  key: string,
  outcome: Outcome,
  ms: number,
  isFirst: boolean,
  { status, requestId }: UpstreamReport = {},
): void => {
  if (!log) return;
  const how = outcome.kind === "failed" ? `failed: ${outcome.how}` : outcome.kind;
  const isFailure = outcome.kind !== "answered" && outcome.kind !== "request-at-fault";
  log.trace?.attemptEnded({ outcome: how, isFailure, status, openAiRequestId: requestId });
  if (isFirst && !isFailure) return;
  log.attempts ??= [];
  log.attempts.push({ key, outcome: how, ms: Math.round(ms), status, openAiRequestId: requestId });
};

const noneTried: History["tried"] = new Map();

// After all keys were tried, one that failed may be tried again, after a pause; one that refused may not.
const chooseNext = async (
  { pool, clock, random, pause }: RetryPorts,
  { facts, signal }: Pick<Task<unknown>, "facts" | "signal">,
  history: History,
  endsAt: number,
): Promise<Choice | undefined> => {
  const untried = pool.choose(facts, history.tried);
  if (untried) return untried;
  const refused = new Map([...history.tried].filter(([, how]) => how === "refused"));
  if (refused.size === history.tried.size || history.repeats === MAX_REPEATS) return undefined;
  history.repeats += 1;
  const pauseMs = random() * FIRST_PAUSE_MS * 2 ** (history.repeats - 1);
  if (clock.monotonic() + pauseMs >= endsAt) return undefined;
  await pause(pauseMs, signal);
  return pool.choose(facts, refused);
};

// What an outcome makes of the key for the rest of the task; undefined where the task is not to be repeated.
const nextAfter = (outcome: Outcome): "failed" | "refused" | undefined => {
  if (isKeyFault(outcome)) return "refused";
  // After a timeout there is no time left.
  return outcome.kind === "failed" && !isTimeout(outcome) && !outcome.mayBeDone ? "failed" : undefined;
};

const isTimeout = (outcome: Outcome): boolean => outcome.kind === "failed" && outcome.how === "timeout";

/** Retries that may still be made: they keep a bad minute at OpenAI from becoming a storm of requests. */
export interface RetryBudget {
  /** To be called with each request: it adds a part of a retry. */
  deposit(callerId: string): void;
  /** Whether one more attempt may be made, which is then taken from the budget. */
  withdraw(callerId: string): boolean;
}

/** Retries are at most a tenth of the traffic, and a few more where there is little. */
const RETRIES_PER_REQUEST = 0.1;
/** For all callers together, and for each of them: no caller's failures use up the retries of the others. */
const RESERVE = 300;
const CALLER_RESERVE = 100;
const MAX_CALLERS = 10_000;

export const createRetryBudget = (): RetryBudget => {
  let ofAll = RESERVE;
  // A caller that is not in it has a full reserve.
  const ofCallers = new LRUCache<string, number>({ max: MAX_CALLERS });
  return {
    deposit: (callerId) => {
      ofAll = Math.min(RESERVE, ofAll + RETRIES_PER_REQUEST);
      const own = ofCallers.get(callerId);
      if (own === undefined) return;
      if (own + RETRIES_PER_REQUEST >= CALLER_RESERVE) ofCallers.delete(callerId);
      else ofCallers.set(callerId, own + RETRIES_PER_REQUEST);
    },
    withdraw: (callerId) => {
      const own = ofCallers.get(callerId) ?? CALLER_RESERVE;
      if (ofAll < 1 || own < 1) return false;
      ofAll -= 1;
      ofCallers.set(callerId, own - 1);
      return true;
    },
  };
};
