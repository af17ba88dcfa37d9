// Half-open trials: how often a key that is suspected or out is tried with callers' requests, per family of endpoints.

export interface Trials {
  mayBegin(everyMs: number): boolean;
  /** Returns the function to call when the trial has ended. */
  begin(): () => void;
}

/** A longer trial no longer holds up the next: it may be a caller's request that takes minutes. */
const MAX_EXCLUSIVE_MS = 1000;

/** One at a time, and at least `everyMs` apart. */
export const createTrials = (now: () => number): Trials => {
  let newest = { begunAt: Number.NEGATIVE_INFINITY, isOver: true };
  return {
    mayBegin: (everyMs) => {
      const agoMs = now() - newest.begunAt;
      return agoMs >= (newest.isOver ? everyMs : Math.max(everyMs, MAX_EXCLUSIVE_MS));
    },
    begin: () => {
      const trial = { begunAt: now(), isOver: false };
      newest = trial;
      return () => {
        trial.isOver = true;
      };
    },
  };
};
