// The circuit breaker of one key for one family of endpoints: when the key is suspected or out, for whom, and when it is tried.
import { LRUCache } from "lru-cache";
import { addFinder, type FailureMode, type Finders } from "./outcome.ts";

/** `suspect`: several callers could not reach OpenAI, and a probe is to confirm it. `open`: a probe has confirmed it. */
export type BreakerState = "closed" | "open" | "suspect";
export type BreakerChange = "suspect" | "out" | "back";

/** Whether a key is suspected to fail; `trial-due` when one request is to find out. */
export type Suspicion = "none" | "suspected" | "trial-due";

export interface FailedRequest {
  callerId: string;
  how: FailureMode | "other";
  /** When it was sent. */
  begunAt: number;
}

export interface Breaker {
  state(): BreakerState;
  /** What the caller's own failures in a row say about the key, or else those of several callers. */
  suspicionFor(callerId: string): Suspicion;
  succeeded(callerId: string): void;
  failed(request: FailedRequest): void;
  /** A probe's finding, or what a request proved on the way. It leaves the suspicion: callers ask for other things. */
  probed(isReachable: boolean): void;
  /** Whether a request may be a half-open trial now: one at a time, and at least `everyMs` apart. */
  mayTry(everyMs: number): boolean;
  /** Returns the function to call when the trial has ended. */
  beginTrial(): () => void;
}

/** Failed requests with no success between them. */
interface Streak {
  requests: number;
  callers: Finders;
}

/** Consecutive failures before a key is suspected: fewer may be chance. */
const SUSPICIOUS_FAILURES = 3;
/** From a failure to the half-open trial that finds out whether the key still fails. */
const TRIAL_AFTER_MS = 5000;
/** A longer trial no longer holds up the next: it may be a caller's request that takes minutes. */
const MAX_EXCLUSIVE_MS = 1000;
const MAX_CALLERS = 1000;

const noStreak: Streak = { requests: 0, callers: "none" };

export const createBreaker = (now: () => number, onChange: (change: BreakerChange) => void): Breaker => {
  let state: BreakerState = "closed";
  /** When the key last worked or was probed: failures of requests that began earlier are ignored. */
  let since = Number.NEGATIVE_INFINITY;
  /** Failures of any kind: once they are several callers', everyone is served with other keys first. */
  let failures = noStreak;
  /** Failures that look as if OpenAI cannot be reached. */
  let outages = noStreak;
  let trialAt = 0;
  /** Each caller's own: that caller is served with other keys first, and the others are not concerned. */
  const ofCallers = new LRUCache<string, { inARow: number; trialAt: number }>({ max: MAX_CALLERS });
  let newestTrial = { begunAt: Number.NEGATIVE_INFINITY, isOver: true };

  const close = (): void => {
    const wasOpen = state === "open";
    state = "closed";
    since = now();
    outages = noStreak;
    if (wasOpen) onChange("back");
  };
  const suspicionUntil = (dueAt: number): Suspicion => (dueAt <= now() ? "trial-due" : "suspected");

  return {
    state: () => state,
    suspicionFor: (callerId) => {
      const own = ofCallers.get(callerId);
      if (own && own.inARow >= SUSPICIOUS_FAILURES) return suspicionUntil(own.trialAt);
      return isSuspicious(failures) ? suspicionUntil(trialAt) : "none";
    },
    succeeded: (callerId) => {
      ofCallers.delete(callerId);
      if (failures.requests === 0) return;
      failures = noStreak;
      close();
    },
    failed: ({ callerId, how, begunAt }) => {
      const dueAt = now() + TRIAL_AFTER_MS;
      ofCallers.set(callerId, { inARow: (ofCallers.get(callerId)?.inARow ?? 0) + 1, trialAt: dueAt });
      if (begunAt < since) return;
      trialAt = dueAt;
      failures = extend(failures, callerId);
      if (how === "connection" || how === "gateway" || how === "timeout") outages = extend(outages, callerId);
      if (state !== "closed" || !isSuspicious(outages)) return;
      state = "suspect";
      onChange("suspect");
    },
    probed: (isReachable) => {
      if (state === "closed") return;
      if (isReachable) return close();
      if (state === "open") return;
      state = "open";
      since = now();
      onChange("out");
    },
    mayTry: (everyMs) => {
      const agoMs = now() - newestTrial.begunAt;
      return agoMs >= (newestTrial.isOver ? everyMs : Math.max(everyMs, MAX_EXCLUSIVE_MS));
    },
    beginTrial: () => {
      const trial = { begunAt: now(), isOver: false };
      newestTrial = trial;
      return () => {
        trial.isOver = true;
      };
    },
  };
};

const isSuspicious = ({ requests, callers }: Streak): boolean =>
  requests >= SUSPICIOUS_FAILURES && callers === "several";

const extend = ({ requests, callers }: Streak, callerId: string): Streak => ({
  requests: requests + 1,
  callers: addFinder(callers, callerId),
});
