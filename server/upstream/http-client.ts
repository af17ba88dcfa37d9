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
  /** Rejects with the signal's reason, a `TimeoutError`, a `TruncatedResponseError`, or the connection's error. */
  post(request: HttpRequest): Promise<HttpResponse>;
}

/** A response that began and broke off: the work may have been done. */
export class TruncatedResponseError extends Error {
  readonly status: number;

  constructor(status: number, cause: Error) {
    super(`the response broke off: ${cause.message}`, { cause });
    this.name = "TruncatedResponseError";
    this.status = status;
  }
}
