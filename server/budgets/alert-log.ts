// The port for which alerts were raised: each once, whatever the number of replicas and starts.
import type { BudgetReached } from "../observe/budget-event.ts";
import type { Threshold } from "./thresholds.ts";

/** One threshold of one account. */
export interface AlertId {
  account: string;
  threshold: Threshold;
}

export interface RaisedAlert extends AlertId {
  event: BudgetReached;
}

export interface HighestAlert {
  account: string;
  /** When its period ends, in milliseconds since 1970. */
  endsAt: number;
  threshold: number;
}

/** Every method rejects when the database does not answer. */
export interface AlertLog {
  /** True for the one who claims it first; that one is to deliver it. `endsAt` is when the account's period ends. */
  claim(alert: RaisedAlert, endsAt: number, now: number): Promise<boolean>;
  /** The highest threshold of each account whose period has not ended. */
  raised(now: number): Promise<HighestAlert[]>;
  delivered(alert: AlertId, now: number): Promise<void>;
  /** Claims alerts again that were claimed before `before` and not delivered since: their replica was lost. */
  reclaim(before: number, now: number): Promise<RaisedAlert[]>;
}
