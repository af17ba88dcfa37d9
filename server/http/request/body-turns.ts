// How much of all bodies is read in one turn of the event loop: everything else has its turn in between.

export interface BodyTurns {
  /** Counts what was read. False where this turn is used up: then reading goes on when `resume` is called, in a later turn. */
  mayGoOn(bytes: number, resume: () => void): boolean;
}

/** About a millisecond's work. */
const TURN_BYTES = 512 * 1024;
/** What one body is read of at once, as Node reads it from its socket. */
const PIECE_BYTES = 64 * 1024;

/** Those who wait are resumed in their order, as many as one turn takes. */
export const createBodyTurns = (): BodyTurns => {
  const waiting: (() => void)[] = [];
  let left = TURN_BYTES;
  let isPlanned = false;
  const plan = (): void => {
    if (isPlanned) return;
    isPlanned = true;
    setImmediate(() => {
      isPlanned = false;
      left = TURN_BYTES;
      for (const resume of waiting.splice(0, TURN_BYTES / PIECE_BYTES)) resume();
      if (waiting.length > 0) plan();
    });
  };
  return {
    mayGoOn: (bytes, resume) => {
      left -= bytes;
      plan();
      if (left > 0 && waiting.length === 0) return true;
      waiting.push(resume);
      return false;
    },
  };
};
