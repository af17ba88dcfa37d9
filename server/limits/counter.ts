// The port for counting: how often something happened in a window of time.
import type { Rate } from "../rates.ts";
import type { TimeBudget } from "./time-budget.ts";

/** One count to look up or to add to. */
export interface Entry {
  /** The limit and the unit, such as `mints-caller-minute`. */
  window: string;
  rate: Rate;
  /** Whose count it is, such as a caller's id. */
  key: string;
}

/** The state of one count. */
export interface Count {
  used: number;
  /** How many may pass; less than the rate says while each replica counts alone. */
  quota: number;
  /** Milliseconds until the window ends and counting begins anew. */
  resetMs: number;
}

/** The state after one more was counted. */
export interface Added extends Count {
  /** Subtracts it again, where it was counted. The result is not waited for. */
  undo(): void;
}

/**
 * A window begins with its first use and has a fixed length. Results come in the order of the entries: at once where counting
 * waits for nothing, as a promise on every request costs more than counting in memory.
 */
export interface Counter {
  /** Adds one to each, also above the quota. */
  add(entries: readonly Entry[], timeBudget: TimeBudget): Added[] | Promise<Added[]>;
  /** Looks without counting. */
  look(entries: readonly Entry[], timeBudget: TimeBudget): Count[] | Promise<Count[]>;
}
