// How long one request waits for shared state in all, however often it asks.
import type { Clock } from "../clock.ts";

export interface Patience {
  /** The work's outcome, or `OutOfPatience` when the request has waited long enough. */
  wait<T>(work: Promise<T>): Promise<T>;
}

export class OutOfPatience extends Error {
  constructor() {
    super("shared state did not answer in time");
    this.name = "OutOfPatience";
  }
}

/** Patience for `totalMs` milliseconds. */
export const createPatience = (clock: Pick<Clock, "monotonic">, totalMs: number): Patience => {
  let leftMs = totalMs;
  return {
    wait: async (work) => {
      const began = clock.monotonic();
      try {
        return await within(work, leftMs);
      } finally {
        leftMs = Math.max(0, leftMs - (clock.monotonic() - began));
      }
    },
  };
};

const within = async <T>(work: Promise<T>, ms: number): Promise<T> => {
  let timer: NodeJS.Timeout | undefined;
  const end = new Promise<never>((_, reject) => {
    // An answer that has arrived while this process was busy is read first: that was not the other side's fault.
    timer = setTimeout(() => setImmediate(() => reject(new OutOfPatience())), ms);
  });
  try {
    return await Promise.race([work, end]);
  } finally {
    clearTimeout(timer);
  }
};
