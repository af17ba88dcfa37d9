// What the service counts.
import type { Subscriber } from "./event.ts";

/** How a job ended: refused by our rules or by what the caller sent, or failed for another reason. */
export type Outcome = "ok" | "refused" | "failed";

/** How far a budget is used, 1 being all of it. */
export interface BudgetUse {
  budget: string;
  unit: string;
  ratio: number;
}

export interface UpstreamFigures {
  /** Requests that wait for OpenAI's answer to begin. */
  waiting: readonly { key: string; requests: number }[];
  /** Of each HTTP agent: open connections, and requests that wait for one. */
  connections: readonly { agent: string; open: number; queued: number }[];
}

export interface CertificateFigures {
  /** `listener`, or the origin that it is presented to. */
  use: string;
  /** In milliseconds since 1970. */
  expiresAt: number;
  /** Whether it is what its files hold. */
  isCurrent: boolean;
}

/** How long ago the value was read from a store of secrets that has waited longest there. */
export interface SecretAge {
  store: string;
  seconds: number;
}

export interface UpstreamMetrics {
  /** An attempt with a key at OpenAI and how it ended: for one that was answered, when the answer began. */
  upstreamAttempt(key: string, outcome: string, family: string, ms: number): void;
  /** Whether a key at OpenAI is used: not while OpenAI refuses it, or a breaker is open. */
  upstreamKeyUsable(key: string, usable: boolean): void;
  /** Whether a key is out for a family of endpoints: mints, calls, models, moderations or data. */
  upstreamBreakerOpen(key: string, family: string, open: boolean): void;
  /** A key that is no more in use has no gauges; what was counted of it stays. */
  upstreamKeyGone(key: string, families: readonly string[]): void;
  /** An attempt to get another access token for a key with a workload identity. */
  tokenRenewal(key: string, result: "ok" | "failed"): void;
  /** `read` is asked for the access tokens that there are whenever metrics are. */
  watchTokens(read: () => readonly { key: string; ageSeconds: number; leftSeconds: number }[]): void;
  /** `read` is asked whenever metrics are. */
  watchUpstream(read: () => UpstreamFigures): void;
}

/** A key at OpenAI that is replaced now and then; moments in milliseconds since 1970. */
export interface RotationFigures {
  name: string;
  state: string;
  inServiceSince: number;
  dueAt: number | undefined;
  failedAt: number | undefined;
}

export interface RotationMetrics {
  /** `read` is asked whenever metrics are. */
  watchRotations(read: () => readonly RotationFigures[]): void;
  rotationFailed(key: string): void;
}

export interface SessionMetrics {
  /** `read` is asked for the voice sessions that this replica watches over whenever metrics are. */
  watchSessions(read: () => Iterable<{ profile: string; supervision: string }>): void;
}

export interface Metrics extends RotationMetrics, SessionMetrics, UpstreamMetrics {
  /** Counts requests, jobs and refusals. */
  onEvent: Subscriber;
  /** `read` is asked for the requests in flight whenever metrics are. */
  watchInFlight(read: () => number): void;
  /** Limits counted by Redis, or by this replica alone while Redis does not answer. */
  limitsCounted(by: "redis" | "fallback"): void;
  /** Entries of the audit trail that wait for the database, and whether it took the last ones. */
  auditState(state: { pending: number; isWritable: boolean }): void;
  /** An entry of the audit trail for which there was no room left. */
  auditEntryLost(): void;
  /** Spans of traces that the receiver took, or did not. */
  spansExported(outcome: "sent" | "lost", spans: number): void;
  /** How far budgets are used is asked of `read`. */
  watchBudgets(read: () => readonly BudgetUse[]): void;
  /** `read` is asked for the shares of new work that are admitted, from 0 to 1, whenever metrics are. */
  watchLoad(read: () => { voice: number; text: number }): void;
  /** `read` is asked for certificates, the listener's and those that are presented to servers, whenever metrics are. */
  watchCertificates(read: () => readonly CertificateFigures[]): void;
  /** `read` is asked for the ages whenever metrics are. */
  watchSecrets(read: () => readonly SecretAge[]): void;
  /** An error that nothing caught, after which the process ends. */
  fatalError(): void;
  /** The configuration was read anew at this moment, in milliseconds since 1970, and taken into use or refused. */
  configurationRead(isInUse: boolean, at: number): void;
  ledger: LedgerMetrics;
  /** The whole registry in Prometheus' text format. */
  render(): Promise<{ contentType: string; body: string }>;
}

/** Why a record never came to the database: no room was left for it, or it is damaged, or the database does not take it. */
export type LedgerLoss = "buffer-full" | "journal-full" | "unreadable" | "refused";

export interface LedgerMetrics {
  /** Records that came to the database; `at` in milliseconds since 1970. */
  written(records: number, at: number): void;
  lost(reason: LedgerLoss, records: number): void;
  /** What was said in a request and was to be kept. */
  contentLost(reason: "day-full" | "journal-full"): void;
  failed(part: "journal" | "database"): void;
  /** Bytes that are not in the database yet. */
  waiting(bytes: number): void;
}

/** Of a refusal. What OpenAI refuses is a failure of the service. */
export const outcomeOf = (code: string, status: number): Outcome =>
  status < 500 && !code.startsWith("upstream-") ? "refused" : "failed";
