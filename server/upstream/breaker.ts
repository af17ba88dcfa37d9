// The circuit breaker of one key for one family of endpoints. Pure: each outcome makes the next state.
import { addFinder, type Finders } from "./finders.ts";
import type { FailureMode } from "./outcome.ts";

export interface Breaker {
  /** `suspect`: several callers could not reach OpenAI, and a probe is to confirm it. `open`: a probe has confirmed it. */
  state: "closed" | "open" | "suspect";
  /** When the state last changed: failures of requests that began earlier are ignored. */
  since: number;
  /** Failures of any kind: once they are several callers', everyone is served with other keys first. */
  failures: Streak;
  /** Failures that look as if OpenAI cannot be reached. */
  outages: Streak;
  /** When the next half-open trial is due. */
  trialAt: number;
}

/** Failed requests with no success between them. */
interface Streak {
  requests: number;
  callers: Finders;
}

/** Consecutive failures before a key is suspected: fewer may be chance. */
export const SUSPICIOUS_FAILURES = 3;
/** From a failure to the half-open trial that finds out whether the key still fails. */
export const TRIAL_AFTER_MS = 5000;

/** Whether a key is suspected to fail; `trial-due` when one request is to find out. */
export type Suspicion = "none" | "suspected" | "trial-due";

const noStreak: Streak = { requests: 0, callers: "none" };

export const closedBreaker: Breaker = {
  state: "closed",
  since: Number.NEGATIVE_INFINITY,
  failures: noStreak,
  outages: noStreak,
  trialAt: 0,
};

/** What several callers' failures in a row say about the key. */
export const suspicionOf = ({ failures, trialAt }: Breaker, now: number): Suspicion => {
  if (!isSuspicious(failures)) return "none";
  return trialAt <= now ? "trial-due" : "suspected";
};

export interface FailedRequest {
  callerId: string;
  how: FailureMode | "other";
  /** When it was sent. */
  begunAt: number;
}

/** The state after a request that succeeded. */
export const afterSuccess = (breaker: Breaker, now: number): Breaker =>
  breaker.failures.requests === 0 ? breaker : { ...closedBreaker, since: now };

/** The state after a request that failed. */
export const afterFailure = (breaker: Breaker, failed: FailedRequest, now: number): Breaker => {
  if (failed.begunAt < breaker.since) return breaker;
  const { callerId, how } = failed;
  const isOutage = how === "connection" || how === "gateway" || how === "timeout";
  const outages = isOutage ? extend(breaker.outages, callerId) : breaker.outages;
  const next: Breaker = {
    ...breaker,
    failures: extend(breaker.failures, callerId),
    outages,
    trialAt: now + TRIAL_AFTER_MS,
  };
  return isSuspicious(outages) && breaker.state === "closed" ? { ...next, state: "suspect" } : next;
};

/** The state after a probe. One that succeeds closes the breaker, and leaves the suspicion: callers ask for other things. */
export const afterProbe = (breaker: Breaker, isReachable: boolean, now: number): Breaker => {
  if (breaker.state === "closed") return breaker;
  if (isReachable) return { ...breaker, state: "closed", since: now, outages: noStreak };
  return breaker.state === "open" ? breaker : { ...breaker, state: "open", since: now };
};

const isSuspicious = ({ requests, callers }: Streak): boolean =>
  requests >= SUSPICIOUS_FAILURES && callers === "several";

const extend = ({ requests, callers }: Streak, callerId: string): Streak => ({
  requests: requests + 1,
  callers: addFinder(callers, callerId),
});
