// HTTP requests whose responses are read whole.
import type { Fields } from "./relay.ts";

export interface HttpRequest {
  origin: string;
  /** With its query. */
  path: string;
  /** Name, value, name, value, … */
  headers: string[];
  body: string;
  /** Ends the request when the caller goes. */
  signal: AbortSignal;
  /** For all of it: waiting for a connection, connecting, sending, reading. */
  timeoutMs: number;
}

export interface HttpResponse {
  status: number;
  headers: Fields;
  text: string;
}

export interface HttpClient {
  /** Rejects with the signal's reason, a `TimeoutError`, a `TruncatedResponseError`, an `UnsentRequestError`, or the connection's error. */
  post(request: HttpRequest): Promise<HttpResponse>;
}

/** There was no connection on which to send anything: certainly no work was done. */
export class UnsentRequestError extends Error {
  /** The connection's, such as `ECONNREFUSED`. */
  readonly code: string | undefined;

  constructor(cause: NodeJS.ErrnoException) {
    super(cause.message, { cause });
    this.name = "UnsentRequestError";
    this.code = cause.code;
  }
}

/** A response that began and broke off: the work may have been done. */
export class TruncatedResponseError extends Error {
  readonly status: number;
  readonly headers: Fields;

  constructor(status: number, cause: Error, headers: Fields = {}) {
    super(`the response broke off: ${cause.message}`, { cause });
    this.name = "TruncatedResponseError";
    this.status = status;
    this.headers = headers;
  }
}
