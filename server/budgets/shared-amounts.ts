// The port for amounts that replicas share.
import type { AmountState, ReplicaAmount } from "./local-amounts.ts";

/** One account in a request to shared state. */
export interface SharedCharge {
  id: string;
  /** When its period ends, in milliseconds since 1970. */
  endsAt: number;
  limit: number;
  estimate: number;
  /** All that this replica has spent of it. */
  spent: number;
}

export interface SharedAnswer {
  /** Whether its estimate does not fit. */
  isRefused: boolean;
  /** What the other replicas have spent and hold. */
  others: AmountState;
}

/**
 * Every method rejects when shared state does not answer. What is sent arrives in its order, and nothing is sent a second time: what
 * was sent after it would be undone. States are those of the other replicas.
 */
export interface SharedAmounts {
  /** Holds all estimates, or none where one does not fit. Answers in the order of the charges. */
  reserve(charges: readonly SharedCharge[]): Promise<SharedAnswer[]>;
  /** Gives the estimates back and takes over what this replica has spent. */
  settle(charges: readonly SharedCharge[]): Promise<AmountState[]>;
  /** Takes over all that this replica has spent and holds of one account, and what others have spent. */
  merge(
    account: Pick<SharedCharge, "id" | "endsAt">,
    own: AmountState,
    others: readonly ReplicaAmount[],
  ): Promise<AmountState>;
  /** Says that this replica lives, so that what it holds stays held. False where it had counted as dead, or all was lost. */
  renew(): Promise<boolean>;
  /** Runs `work` whenever the connection is there again. */
  onConnected(work: () => void): void;
}
