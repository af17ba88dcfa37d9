// Time and timers as parameters, so that tests decide what time it is and when a timer fires.

export interface Clock {
  /** Milliseconds since 1970, UTC. */
  now(): number;
  /** Milliseconds since some fixed moment, for measuring; never set back. */
  monotonic(): number;
}

export interface Timers {
  /** Runs the work once, after `ms` milliseconds, and returns how to cancel it. A pending timer keeps no process running. */
  after(ms: number, work: () => void): () => void;
  /** Runs the work in a later turn of the event loop, after the input and output that is due. */
  nextTurn(work: () => void): void;
}

export const systemClock: Clock = { now: () => Date.now(), monotonic: () => performance.now() };

export const systemTimers: Timers = {
  after: (ms, work) => {
    const timer = setTimeout(work, ms).unref();
    return () => clearTimeout(timer);
  },
  nextTurn: (work) => {
    setImmediate(work);
  },
};

/** Keeps the process running until the work has ended, which timers alone do not. */
export const keepRunning = async <Result>(work: Promise<Result>): Promise<Result> => {
  const timer = setInterval(() => {}, 60_000);
  try {
    return await work;
  } finally {
    clearInterval(timer);
  }
};
