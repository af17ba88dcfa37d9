// Limits how much of all request bodies is read in one turn of the event loop, so that other work is not delayed.

export interface BodyTurns {
  /** Counts bytes that were read. False where this turn's share is used up: `resume` is then called in a later turn. */
  mayGoOn(bytes: number, resume: () => void): boolean;
}

/** About a millisecond's work. */
const TURN_BYTES = 512 * 1024;
/** Node reads at most this much from a socket at once. */
const CHUNK_BYTES = 64 * 1024;

/** Bodies that wait are resumed first in, first out, as many as one turn can read. `nextTurn` runs work in a later turn. */
export const createBodyTurns = (nextTurn: (work: () => void) => void): BodyTurns => {
  const waiting: (() => void)[] = [];
  let leftBytes = TURN_BYTES;
  let isScheduled = false;
  const startTurn = (): void => {
    isScheduled = false;
    leftBytes = TURN_BYTES;
    for (const resume of waiting.splice(0, TURN_BYTES / CHUNK_BYTES)) resume();
    if (waiting.length > 0) schedule();
  };
  const schedule = (): void => {
    if (isScheduled) return;
    isScheduled = true;
    nextTurn(startTurn);
  };
  return {
    mayGoOn: (bytes, resume) => {
      leftBytes -= bytes;
      schedule();
      if (leftBytes > 0 && waiting.length === 0) return true;
      waiting.push(resume);
      return false;
    },
  };
};
