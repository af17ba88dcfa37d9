// Error responses of OpenAI's: status, header fields and body become an error, a log report and an outcome. Pure.
import type { Failure } from "../failures/failure.ts";
import { classifyError } from "./classify-error.ts";
import type { OpenAiError } from "./error-body.ts";
import type { Outcome } from "./outcome.ts";
import type { Fields } from "./relay.ts";
import { type UpstreamReport, upstreamFailure } from "./upstream-error.ts";

export interface ErrorResponse {
  error: OpenAiError;
  report: UpstreamReport;
  outcome: Outcome;
}

/** `now` is in milliseconds since 1970, for a `Retry-After` that is a date. */
export const readErrorResponse = (error: OpenAiError, headers: Fields, now: number): ErrorResponse => ({
  error,
  report: {
    status: error.status,
    code: error.code ?? undefined,
    param: error.param ?? undefined,
    requestId: requestIdIn(headers),
    message: error.message,
  },
  outcome: classifyError(error, headers, now),
});

/** The failure to throw where the caller is not shown OpenAI's own words. */
export const refusedFailure = ({ report, outcome }: ErrorResponse): Failure =>
  upstreamFailure("upstream-refused", "OpenAI refused", report, outcome);

/** OpenAI's `x-request-id`, for the log. */
export const requestIdIn = (headers: Fields): string | undefined => {
  const id = headers["x-request-id"];
  return typeof id === "string" ? id : undefined;
};
