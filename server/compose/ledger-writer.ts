// What the service and the thread of its ledger's writer tell each other.
import type { Segment } from "../ledger/segments.ts";
import type { Written } from "../ledger/writer.ts";

interface PostgresData {
  kind: "postgres";
  url: string;
  /** Authorities beside the known ones, as PEM. */
  trusted: readonly string[];
}

export interface WriterData {
  /** Of the journal. */
  folder: string;
  database: { kind: "sqlite"; path: string } | PostgresData;
}

export type ToWriter = { kind: "add"; segment: Segment } | { kind: "settle" } | { kind: "stop" };

export type FromWriter =
  | { kind: "written"; written: Written }
  | { kind: "done"; segment: string }
  | { kind: "failed"; error: unknown }
  | { kind: "settled" };
