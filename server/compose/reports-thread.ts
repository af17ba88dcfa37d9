// What the service and the thread of its reports tell each other.
import type { UsageAsked } from "../http/response/usage-text.ts";
import type { OverviewQuery } from "../ledger/overview.ts";
import type { Value } from "../store/database.ts";

export type ReportsDatabase =
  | { kind: "sqlite"; path: string }
  /** `trusted`: the certificates of authorities that are trusted beside Node's own, as PEM. */
  | { kind: "postgres"; url: string; trusted: readonly string[] };

export type Report =
  | { kind: "rows"; sql: string; values: readonly Value[] }
  | { kind: "overview"; query: OverviewQuery }
  | { kind: "usage"; asked: UsageAsked };

export interface ToReports {
  id: number;
  report: Report;
}

export type FromReports =
  /** JSON, which the other thread reads several times as fast as objects; of usage the answer's bytes, which it need not read. */
  | { kind: "done"; id: number; text: string | Uint8Array }
  | { kind: "failed"; id: number; name: string; message: string; code: unknown }
  | { kind: "connection-lost"; cause: Record<string, unknown> | undefined };
