// The port for keeping records: it takes them at once, and writes them later.
import type { UsageRecord } from "./record.ts";

/** A refusal of a request whose caller is not known: only counted, so that floods fill no disk. */
export interface AnonymousRefusal {
  at: number;
  problem: string;
}

export interface Ledger {
  /** Never waits and never throws: an answer is not delayed by the books. */
  record(record: UsageRecord): void;
  countRefusal(refusal: AnonymousRefusal): void;
  /** Resolves when all that was recorded is where a killed process cannot lose it. */
  flush(): Promise<void>;
}
