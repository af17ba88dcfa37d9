// Upstream failures: what the log learns of a failed call to OpenAI, and what it means for the key.
import { Failure, type FailureCode } from "../failures/failure.ts";
import { redact } from "../observe/redact.ts";
import type { Outcome } from "./outcome.ts";

/** For the log line; nothing here is secret. */
export interface UpstreamReport {
  /** The name of the key that was used last. */
  key?: string | undefined;
  requestId?: string | undefined;
  status?: number | undefined;
  /** OpenAI's machine-readable reason, such as `invalid_api_key`. */
  code?: string | undefined;
  /** The request field that OpenAI complains about. */
  param?: string | undefined;
  /** OpenAI's own words, with key fragments removed. */
  message?: string | undefined;
}

/** The cause of every `Failure` that the upstream throws. */
export class UpstreamError extends Error {
  readonly report: UpstreamReport;
  readonly outcome: Outcome;

  constructor(message: string, report: UpstreamReport, outcome: Outcome) {
    super(message);
    this.name = "UpstreamError";
    this.report = report;
    this.outcome = outcome;
  }
}

export const upstreamErrorOf = (error: unknown): UpstreamError | undefined =>
  error instanceof Failure && error.cause instanceof UpstreamError ? error.cause : undefined;

type UpstreamCode = Extract<FailureCode, `upstream-${string}`>;

export const upstreamFailure = (
  code: UpstreamCode,
  message: string,
  report: UpstreamReport,
  outcome: Outcome,
): Failure => new Failure(code, undefined, { cause: new UpstreamError(message, report, outcome) });

export const connectionFailure = (
  error: unknown,
  outcome: Outcome = { kind: "failed", how: "connection" },
): Failure =>
  upstreamFailure("upstream-refused", "OpenAI cannot be reached", { message: messageOf(error) }, outcome);

export const timeoutFailure = (outcome: Outcome = { kind: "failed", how: "timeout" }): Failure =>
  upstreamFailure("upstream-timeout", "no answer in time", {}, outcome);

/** A success status whose body is not what OpenAI documents, or broke off. */
export const unreadableFailure = (message: string, report: UpstreamReport): Failure =>
  upstreamFailure("upstream-refused", message, report, { kind: "unreadable" });

export const messageOf = (error: unknown): string => (error instanceof Error ? redact(error.message) : "");
