// How often a key that is in doubt or out is tried by callers' requests: a trickle for each family of endpoints.

export interface Trials {
  mayBegin(everyMs: number): boolean;
  /** To be called back when it has ended. */
  begin(): () => void;
}

/** One that takes longer keeps no other from being made: it may be a caller's request that takes minutes. */
const LONGEST_MS = 1000;

/** One at a time, and none sooner than `everyMs` after the one before. */
export const createTrials = (now: () => number): Trials => {
  let newest = { begunAt: Number.NEGATIVE_INFINITY, isOver: true };
  return {
    mayBegin: (everyMs) => {
      const agoMs = now() - newest.begunAt;
      return agoMs >= (newest.isOver ? everyMs : Math.max(everyMs, LONGEST_MS));
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
