// The circuit breaker of one key for one family of endpoints. Pure: each ending of a request makes the next state.
import type { FailureMode } from "./outcome.ts";

export interface Breaker {
  /** `suspect`: several callers found it away, and a probe is to prove it. `open`: a probe has proved it. */
  state: "closed" | "open" | "suspect";
  /** When the state last changed: what began earlier and failed says nothing of it. */
  since: number;
  /** Failures of any kind: where they are of several callers, all are served with other keys first. */
  failures: Streak;
  /** Failures that look as if it cannot be reached. */
  outages: Streak;
  /** From then on, one request finds out whether it still fails. */
  doubtedUntil: number;
}

/** Requests that failed with no success between them. */
interface Streak {
  requests: number;
  /** The caller of the first of them. */
  callerId: string | undefined;
  /** Whether another caller's is among them. */
  isOfSeveral: boolean;
}

/** So many in a row are no accident. */
const FAILURES = 3;
const DOUBT_MS = 5000;

const none: Streak = { requests: 0, callerId: undefined, isOfSeveral: false };

export const closedBreaker: Breaker = {
  state: "closed",
  since: Number.NEGATIVE_INFINITY,
  failures: none,
  outages: none,
  doubtedUntil: 0,
};

/** Whether several callers have found that it fails; `due` when one request is to find out whether it still does. */
export const doubtOf = ({ failures, doubtedUntil }: Breaker, now: number): "due" | "none" | "some" => {
  if (failures.requests < FAILURES || !failures.isOfSeveral) return "none";
  return doubtedUntil <= now ? "due" : "some";
};

export interface FailedRequest {
  callerId: string;
  how: FailureMode | "other";
  /** When it was sent. */
  begunAt: number;
}

/** The state after a request that succeeded. */
export const afterSuccess = (breaker: Breaker, now: number): Breaker =>
  breaker.failures.requests === 0 && breaker.state === "closed" ? breaker : { ...closedBreaker, since: now };

/** The state after a request that failed. */
export const afterFailure = (breaker: Breaker, failed: FailedRequest, now: number): Breaker => {
  if (failed.begunAt < breaker.since) return breaker;
  const { callerId, how } = failed;
  const isOutage = how === "connection" || how === "gateway" || how === "timeout";
  const outages = isOutage ? longer(breaker.outages, callerId) : breaker.outages;
  const next: Breaker = {
    ...breaker,
    failures: longer(breaker.failures, callerId),
    outages,
    doubtedUntil: now + DOUBT_MS,
  };
  const isAway = outages.isOfSeveral && outages.requests >= FAILURES;
  return isAway && breaker.state === "closed" ? { ...next, state: "suspect" } : next;
};

/** The state after a probe of ours. That it works stays in doubt: a probe asks for something else than callers do. */
export const afterProbe = (breaker: Breaker, isReachable: boolean, now: number): Breaker => {
  if (breaker.state === "closed") return breaker;
  if (isReachable) return { ...breaker, state: "closed", since: now, outages: none };
  return breaker.state === "open" ? breaker : { ...breaker, state: "open", since: now };
};

const longer = ({ requests, callerId, isOfSeveral }: Streak, caller: string): Streak => ({
  requests: requests + 1,
  callerId: callerId ?? caller,
  isOfSeveral: isOfSeveral || (callerId !== undefined && callerId !== caller),
});
