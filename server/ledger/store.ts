// The port to the database of the ledger: entries of a journal's segment, in their order and each once.
import type { Entry } from "./entry.ts";

/** Entries that stand in a segment from `from` to `to`, in bytes. */
export interface SegmentPart {
  segment: string;
  from: number;
  to: number;
  entries: readonly Entry[];
}

export interface LedgerStore {
  /** How much of a segment is written, in bytes. */
  writtenOf(segment: string): Promise<number>;
  /**
   * Writes all of a part or, when it rejects, nothing; answers how many records were new. Undefined, with nothing written, where
   * what is written of the segment does not end at `from`: another process wrote it, or an earlier commit went well unheard.
   */
  write(part: SegmentPart): Promise<number | undefined>;
  /** The segment's file is gone. */
  forget(segment: string): Promise<void>;
  /** Whether the database refused the entries themselves, and would again. */
  isRefusal(error: unknown): boolean;
}
