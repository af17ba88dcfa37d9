// Relays requests with one key over undici, and responses as they come.
import { type Dispatcher, errors } from "undici";
import type { Clock } from "../clock.ts";
import { readErrorBody, readErrorResponse, refusedFailure, renderErrorBody } from "./error-response.ts";
import { type KeyAccess, keyHeaders } from "./keys.ts";
import type { Outcome } from "./outcome.ts";
import type { Fields, Recipient, RelayedRequest } from "./relay.ts";
import { lengthFields, sendable } from "./relay-body.ts";
import { allowedResponseHeaders } from "./response-headers.ts";
import type { RelayResult, UpstreamAccount } from "./upstream.ts";
import { connectionFailure, timeoutFailure } from "./upstream-error.ts";

/** undici's timer is coarse: it could miss a shorter time, which may be over before the request is written. */
const MIN_TIMEOUT_MS = 1000;
const MAX_ERROR_BYTES = 64 * 1024;

interface RelayPorts {
  agent: Dispatcher;
  clock: Pick<Clock, "now">;
  /** A response that pauses for longer is broken off. */
  idleMs(): number;
  /** Told the number of bytes that are relayed, either way. */
  onRelayed(bytes: number): void;
}

/** Any request of a caller's. Throws `upstream-refused` or `upstream-timeout`. */
export const relayAccount = (key: KeyAccess, ports: RelayPorts): Pick<UpstreamAccount, "relay"> => {
  const { origin, pathname } = new URL(key.base_url);
  const base = pathname.replace(/\/$/, "");
  const credentials = keyHeaders(key);
  return {
    relay: (request, recipient, timeoutMs) => {
      const { signal, method, target, headers, body } = request;
      if (signal.aborted) return Promise.reject(signal.reason);
      const authorization = credentials();
      const exchange = new RelayExchange(request, recipient, ports);
      ports.agent.dispatch(
        {
          origin,
          path: base + target,
          method: method as Dispatcher.HttpMethod,
          headers: [...headers, ...traceFields(request), ...lengthFields(body), ...authorization],
          body: sendable(body, ports.onRelayed),
          bodyTimeout: ports.idleMs(),
          headersTimeout: Math.max(MIN_TIMEOUT_MS, timeoutMs),
        },
        exchange,
      );
      return exchange.begun;
    },
  };
};

const noFields: readonly string[] = [];

const traceFields = ({ attemptLog }: RelayedRequest): readonly string[] =>
  attemptLog?.trace?.upstreamFields ?? noFields;

interface ErrorHead {
  status: number;
  headers: Fields;
  chunks: Uint8Array[];
  length: number;
}

/** One attempt. A class, as hundreds are in flight while OpenAI thinks: closures would be each attempt's own. */
class RelayExchange implements Dispatcher.DispatchHandler {
  /** Resolves when the response begins, or when an error response was read whole. */
  readonly begun: Promise<RelayResult>;
  readonly #resolve: (result: RelayResult) => void;
  readonly #reject: (reason: unknown) => void;
  readonly #request: RelayedRequest;
  readonly #recipient: Recipient;
  readonly #ports: RelayPorts;
  #controller: Dispatcher.DispatchController | undefined;
  #hasBegun = false;
  #error: ErrorHead | undefined;

  constructor(request: RelayedRequest, recipient: Recipient, ports: RelayPorts) {
    const { promise, resolve, reject } = Promise.withResolvers<RelayResult>();
    this.begun = promise;
    this.#resolve = resolve;
    this.#reject = reject;
    this.#request = request;
    this.#recipient = recipient;
    this.#ports = ports;
    request.signal.addEventListener("abort", this);
  }

  /** The signal's event. */
  handleEvent(): void {
    this.#controller?.abort(this.#request.signal.reason);
  }

  onRequestStart(controller: Dispatcher.DispatchController): void {
    this.#controller = controller;
    if (this.#request.signal.aborted) this.handleEvent();
  }

  onResponseStart(flow: Dispatcher.DispatchController, status: number, headers: Fields): void {
    if (status < 200) return;
    if (status >= 300 && status !== 304) {
      this.#error = { status, headers, chunks: [], length: 0 };
      return;
    }
    this.#hasBegun = true;
    this.#recipient.onHead(status, allowedResponseHeaders(headers), flow);
    this.#resolve("answered");
  }

  onResponseData(_: Dispatcher.DispatchController, chunk: Uint8Array): void {
    if (this.#hasBegun) {
      this.#ports.onRelayed(chunk.length);
      this.#recipient.onData(chunk);
    } else if (this.#error && this.#error.length <= MAX_ERROR_BYTES) {
      this.#error.chunks.push(chunk);
      this.#error.length += chunk.length;
    }
  }

  onResponseEnd(): void {
    this.#request.signal.removeEventListener("abort", this);
    if (this.#hasBegun) this.#recipient.onEnd();
    else if (this.#error) this.#endWithError(this.#error);
  }

  onResponseError(_: Dispatcher.DispatchController, error: Error): void {
    const { signal } = this.#request;
    signal.removeEventListener("abort", this);
    if (this.#hasBegun) this.#recipient.onBreak(error);
    else this.#reject(signal.aborted ? signal.reason : failureOf(error, this.#request));
  }

  // The caller learns what is wrong with the request, and not what is wrong with the key.
  #endWithError({ status, headers, chunks }: ErrorHead): void {
    const error = readErrorBody(status, Buffer.concat(chunks).toString("utf8"));
    const response = readErrorResponse(error, headers, this.#ports.clock.now());
    if (response.outcome.kind !== "request-at-fault" || status < 400) {
      this.#reject(refusedFailure(response));
      return;
    }
    const body = renderErrorBody(error);
    const { "content-encoding": _, ...allowed } = allowedResponseHeaders(headers);
    const fields = {
      ...allowed,
      "content-type": "application/json",
      "content-length": String(body.length),
    };
    this.#recipient.onHead(status, fields, noFlow);
    this.#recipient.onData(body);
    this.#recipient.onEnd();
    this.#resolve("refused");
  }
}

const noFlow = { pause: () => {}, resume: () => {} };

// Short time budgets and uploads that break off are the caller's: they must not take the key from the others.
const failureOf = (error: Error, { body, isCallersTime }: RelayedRequest): Error => {
  const abandoned: Outcome = { kind: "abandoned" };
  if (error instanceof errors.HeadersTimeoutError)
    return timeoutFailure(isCallersTime ? abandoned : undefined);
  const isCallers = (body?.kind === "streaming" && body.broken) || isOurs(error);
  return connectionFailure(error, isCallers ? abandoned : undefined);
};

// What undici does not send, and what our own shutdown ends.
const isOurs = (error: Error): boolean =>
  error instanceof errors.InvalidArgumentError ||
  error instanceof errors.NotSupportedError ||
  error instanceof errors.RequestContentLengthMismatchError ||
  error instanceof errors.ClientDestroyedError ||
  error instanceof errors.ClientClosedError;
