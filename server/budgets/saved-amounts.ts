// The port for amounts that outlive the process: what each replica has spent of each account.
import type { ReplicaAmount } from "./local-amounts.ts";

/** Every method rejects when the database does not answer. */
export interface SavedAmounts {
  /** Of all replicas, this one too, in periods that have not ended. */
  load(now: number): Promise<ReplicaAmount[]>;
  save(amounts: readonly ReplicaAmount[]): Promise<void>;
  /** Forgets periods that ended before a moment. */
  forget(before: number): Promise<void>;
}
