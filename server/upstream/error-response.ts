// Error responses of OpenAI's: what of one may be shown to callers, what the log learns, and whose fault it is. Pure.
import type OpenAI from "openai";
import type { Failure } from "../failures/failure.ts";
import { redact } from "../observe/redact.ts";
import { classifyError } from "./classify-error.ts";
import type { Outcome } from "./outcome.ts";
import type { Fields } from "./relay.ts";
import { requestIdIn } from "./response-headers.ts";
import { type UpstreamReport, upstreamFailure } from "./upstream-error.ts";

/** Its message holds no keys, and no names of our organization and project. */
export interface OpenAiError extends Pick<OpenAI.ErrorObject, "code" | "message" | "param" | "type"> {
  status: number;
}

/** Reads the body of an error response. What is not OpenAI's JSON is not quoted, as it could hold anything. */
export const readErrorBody = (status: number, text: string): OpenAiError => toError(status, errorIn(text));

/** `error` is the member of that name in the parsed body. */
export const toError = (status: number, error: unknown): OpenAiError => {
  const { message, type, param, code } = (typeof error === "object" && error !== null ? error : {}) as Record<
    string,
    unknown
  >;
  return {
    status,
    message: typeof message === "string" ? redactMessage(message) : `OpenAI answered ${status}.`,
    type: wordOf(type) ?? (status >= 500 ? "server_error" : "invalid_request_error"),
    param: wordOf(param),
    code: wordOf(code),
  };
};

/** The error as OpenAI's clients read it. */
export const renderErrorBody = ({ message, type, param, code }: OpenAiError): Uint8Array =>
  Buffer.from(JSON.stringify({ error: { message, type, param, code } }));

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

const errorIn = (text: string): unknown => {
  try {
    return JSON.parse(text)?.error;
  } catch {
    return undefined;
  }
};

const MAX_WORD_LENGTH = 200;

const wordOf = (value: unknown): string | null => {
  if (typeof value === "number") return String(value);
  return typeof value === "string" ? value.slice(0, MAX_WORD_LENGTH) : null;
};

const redactMessage = (message: string): string =>
  redact(message)
    .replaceAll(/\b(?:org|proj|user)[-_][\w-]{6,}/g, "[redacted]")
    // Older organizations have names in place of ids: "Rate limit reached for gpt-4o in organization acme on …".
    .replaceAll(/\b(organization|project) \S{1,200} on\b/g, "$1 [redacted] on");
