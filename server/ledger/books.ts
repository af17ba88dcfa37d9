// The port for reading the ledger: sums over any dimensions, and single records.
import type { Quantities } from "../usage/quantities.ts";
import type { Content } from "./content.ts";
import type { RecordSource, UsageRecord } from "./record.ts";

/** What sums can be grouped and filtered by, beside time. */
export const dimensions = ["user", "team", "model", "profile", "tool", "kind", "upstream_key"] as const;
export type Dimension = (typeof dimensions)[number];
export const periods = ["hour", "day"] as const;
export type Period = (typeof periods)[number];

export interface SumsQuery {
  /** Milliseconds since 1970; the hour that holds it is the first. */
  since: number;
  /** The hour that holds it is the last. */
  until: number;
  by: readonly Dimension[];
  /** Groups by time too. Days are those of `timeZone`. */
  period: Period | undefined;
  /** An IANA name, such as `Europe/Vienna`. */
  timeZone: string;
  /** Only records with one of these values. */
  where: Readonly<Partial<Record<Dimension, readonly string[]>>>;
}

export interface Sums {
  /** Values of the dimensions asked for; an empty text where a record has none. */
  group: Readonly<Partial<Record<Dimension, string>>>;
  /** When the hour or day begins, in milliseconds since 1970; undefined where time was not asked for. */
  periodAt: number | undefined;
  source: RecordSource;
  /** Requests that were answered, refused (4xx) and failed (5xx); together they are all. */
  answered: number;
  refused: number;
  failed: number;
  /** Of those answered: ended before the answer was whole. */
  aborted: number;
  /** Of those answered: from the response cache. */
  cacheHits: number;
  quantities: Quantities;
  costNanoUsd: number;
  /** Answered requests of unknown cost, which `costNanoUsd` leaves out. */
  unpriced: number;
}

/** Records are looked for among so many of the newest in the range, unless one user's are asked for. */
export const MAX_SEARCHED = 100_000;

export interface RecordsQuery {
  since: number;
  until: number;
  where: SumsQuery["where"];
  /** At most this many, the newest first. */
  limit: number;
}

/** A supervised voice session, as far as it is needed to find what is recorded of it. */
export interface SessionRecordsQuery {
  /** `vs_…` */
  id: string;
  /** As records have it. */
  caller: string;
  since: number;
  until: number;
}

/** More than a session has of an hour. */
export const MAX_SESSION_RECORDS = 5000;

export interface LatencyQuery {
  since: number;
  until: number;
  kind: UsageRecord["kind"] | undefined;
  period: Period | undefined;
  timeZone: string;
}

/** Milliseconds, to within a tenth. */
export interface Latencies {
  periodAt: number | undefined;
  p50: number;
  p95: number;
  p99: number;
  requests: number;
}

export interface RefusalSums {
  problem: string;
  requests: number;
}

/** More groups than a reader could use, and as many as hold up no other request while they are read. */
export const MAX_SUMS = 10_000;

export class TooManySums extends Error {
  constructor() {
    super(`the question has more than ${MAX_SUMS} groups for an answer`);
    this.name = "TooManySums";
  }
}

/** Every method rejects when the database does not answer. What was recorded in the last three seconds may be missing. */
export interface Books {
  /** By time, then the dearest first. Rejects with `TooManySums`. */
  sums(query: SumsQuery): Promise<Sums[]>;
  latencies(query: LatencyQuery): Promise<Latencies[]>;
  /** Refusals by their problem, the most frequent first; those of unknown callers too where `where` is empty. */
  refusals(query: Pick<SumsQuery, "since" | "until" | "where">): Promise<RefusalSums[]>;
  records(query: RecordsQuery): Promise<UsageRecord[]>;
  /** By the id of ours; by OpenAI's among the newest `MAX_SEARCHED`. */
  find(requestId: string): Promise<UsageRecord | undefined>;
  /** What is recorded of a voice session: the ticket, the start, and each part that was metered; the oldest first, at most `MAX_SESSION_RECORDS`. */
  ofSession(query: SessionRecordsQuery): Promise<UsageRecord[]>;
  /** What is kept of what was said in a request, by the id of ours; for operators alone. */
  contents(requestId: string): Promise<Content[]>;
}
