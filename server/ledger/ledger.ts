// The port for keeping records: it takes them at once, and writes them later.
import type { Content } from "./content.ts";
import type { RecordKind, UsageRecord } from "./record.ts";

/** A refusal that leaves no record and is only counted, so that floods fill no disk. */
export interface CountedRefusal {
  at: number;
  problem: string;
  /** Undefined where the caller is not known. */
  caller: string | undefined;
  team: string | undefined;
  /** What was asked for; undefined where that was not known yet. */
  kind: RecordKind | undefined;
}

export interface Ledger {
  /** Never waits and never throws: an answer is not delayed by the books. */
  record(record: UsageRecord): void;
  countRefusal(refusal: CountedRefusal): void;
  /** Whether there was room for it: contents may take half of it, so that they take none from records. */
  keepContent(content: Content): boolean;
  /** Resolves when all that was recorded is where a killed process cannot lose it; rejects where it cannot be written. */
  flush(): Promise<void>;
}
