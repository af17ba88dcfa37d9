// How long one request waits for shared state in all, however often it asks.
import type { Clock } from "../clock.ts";

export interface TimeBudget {
  /** The work's outcome, or `OutOfPatience` when the request has waited long enough. */
  wait<T>(work: Promise<T>): Promise<T>;
}

export class OutOfPatience extends Error {
  constructor() {
    super("shared state did not answer in time");
    this.name = "OutOfPatience";
  }
}

/** Time is waited in slices. One that ends late was not spent listening: this process was busy, not the other side slow. */
const SLICE_MS = 10;
const LATE_MS = 3;
const LATE_SLICES = 20;

/** TimeBudget for `totalMs` milliseconds of listening. */
export const createTimeBudget = ({ monotonic }: Pick<Clock, "monotonic">, totalMs: number): TimeBudget => {
  let slicesLeft = Math.ceil(totalMs / SLICE_MS);
  let lateSlicesLeft = LATE_SLICES;

  return {
    wait: async (work) => {
      let timer: NodeJS.Timeout | undefined;
      const outOfPatience = new Promise<never>((_, reject) => {
        const listen = () => {
          if (slicesLeft === 0 || lateSlicesLeft === 0) return reject(new OutOfPatience());
          const end = monotonic() + SLICE_MS;
          timer = setTimeout(() => {
            if (monotonic() - end > LATE_MS) lateSlicesLeft -= 1;
            else slicesLeft -= 1;
            listen();
          }, SLICE_MS);
        };
        listen();
      });
      try {
        return await Promise.race([work, outOfPatience]);
      } finally {
        clearTimeout(timer);
      }
    },
  };
};
