// What is known about one upstream key for one family of endpoints.
import {
  afterFailure,
  afterProbe,
  afterSuccess,
  type Breaker,
  closedBreaker,
  type FailedRequest,
  type Suspicion,
  suspicionOf,
} from "./breaker.ts";
import { createCallerFailures } from "./caller-failures.ts";
import { createLoad, type Load } from "./load.ts";
import { createTrials, type Trials } from "./trials.ts";

export interface FamilyState {
  trials: Trials;
  load: Load;
  breakerState(): Breaker["state"];
  /** The caller's own failures, or else those of several callers. */
  suspicionFor(callerId: string): Suspicion;
  succeeded(callerId: string): void;
  failed(request: FailedRequest): void;
  /** A probe's finding, or what a request proved on the way. */
  probed(isReachable: boolean): void;
}

export type BreakerChange = "suspect" | "out" | "back";

export const createFamilyState = (
  now: () => number,
  onChange: (change: BreakerChange) => void,
): FamilyState => {
  let breaker = closedBreaker;
  const callerFailures = createCallerFailures(now);
  const set = (next: Breaker): void => {
    const { state } = breaker;
    breaker = next;
    if (next.state === state) return;
    if (next.state === "suspect") onChange("suspect");
    else if (next.state === "open") onChange("out");
    else if (state === "open") onChange("back");
  };
  return {
    trials: createTrials(now),
    load: createLoad(),
    breakerState: () => breaker.state,
    suspicionFor: (callerId) => {
      const own = callerFailures.suspicionOf(callerId);
      return own === "none" ? suspicionOf(breaker, now()) : own;
    },
    succeeded: (callerId) => {
      callerFailures.succeeded(callerId);
      set(afterSuccess(breaker, now()));
    },
    failed: (request) => {
      callerFailures.failed(request.callerId);
      set(afterFailure(breaker, request, now()));
    },
    probed: (isReachable) => set(afterProbe(breaker, isReachable, now())),
  };
};
