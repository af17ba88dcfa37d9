// The port of what counts: how often something happened in a window of time.
import type { Rate } from "../rates.ts";
import type { TimeBudget } from "./time-budget.ts";

/** One count: the window's name, how much it lets pass, and whose it is. */
export interface Entry {
  /** The limit and the unit, such as `mints-caller-minute`. */
  window: string;
  rate: Rate;
  key: string;
}

/** Where a count stands. */
export interface Count {
  used: number;
  /** How many may pass; less than the rate says where shared state is away. */
  quota: number;
  /** When the window ends and counting begins anew. */
  resetMs: number;
}

/** A tally of one more. */
export interface Added extends Count {
  /** Makes it one less again, at the place that counted it; nobody waits for it. */
  undo(): void;
}

/** A window begins with its first use and has a fixed length. Answers come in the order of the entries. */
export interface Counter {
  /** Counts one more in each, also above the quota. */
  add(entries: readonly Entry[], timeBudget: TimeBudget): Promise<Added[]>;
  /** Looks without counting. */
  look(entries: readonly Entry[], timeBudget: TimeBudget): Promise<Count[]>;
}
