// The HTTP client over an undici agent. `undici.request` with a signal for the whole time takes half as much CPU again (measured:
// 45 instead of 31 µs), and would end an aborted request that waits for a connection only when one is free.
import type { Dispatcher } from "undici";
import {
  type HttpClient,
  type HttpRequest,
  type HttpResponse,
  TruncatedResponseError,
  UnsentRequestError,
} from "./http-client.ts";
import type { Fields } from "./relay.ts";

export const createHttpClient = (agent: Dispatcher): HttpClient => ({
  post: (request) => {
    if (request.signal.aborted) return Promise.reject(request.signal.reason);
    const exchange = new Exchange(request);
    const { origin, path, headers, body } = request;
    agent.dispatch({ origin, path, method: "POST", headers, body }, exchange);
    return exchange.response;
  },
});

class Exchange implements Dispatcher.DispatchHandler {
  readonly response: Promise<HttpResponse>;
  readonly #settle: Pick<PromiseWithResolvers<HttpResponse>, "reject" | "resolve">;
  readonly #signal: AbortSignal;
  readonly #timer: NodeJS.Timeout;
  readonly #chunks: Buffer[] = [];
  #status = 0;
  #headers: Fields = {};
  #controller: Dispatcher.DispatchController | undefined;
  #ended: Error | undefined;

  constructor({ signal, timeoutMs }: HttpRequest) {
    const { promise, resolve, reject } = Promise.withResolvers<HttpResponse>();
    this.response = promise;
    this.#settle = { resolve, reject };
    this.#signal = signal;
    this.#timer = setTimeout(timeOut, timeoutMs, this);
    signal.addEventListener("abort", this);
  }

  /** The signal's event. */
  handleEvent(): void {
    this.end(this.#signal.reason);
  }

  end(reason: Error): void {
    this.#ended = reason;
    this.#controller?.abort(reason);
    this.#reject(reason);
  }

  onRequestStart(controller: Dispatcher.DispatchController): void {
    this.#controller = controller;
    // It may have ended while it waited for a connection.
    if (this.#ended) controller.abort(this.#ended);
  }

  onResponseStart(_: Dispatcher.DispatchController, status: number, headers: Fields): void {
    this.#status = status;
    this.#headers = headers;
  }

  onResponseData(_: Dispatcher.DispatchController, chunk: Buffer): void {
    this.#chunks.push(chunk);
  }

  onResponseEnd(): void {
    this.#stopWaiting();
    const text = Buffer.concat(this.#chunks).toString("utf8");
    this.#settle.resolve({ status: this.#status, headers: this.#headers, text });
  }

  onResponseError(_: Dispatcher.DispatchController, error: Error): void {
    if (!this.#controller) this.#reject(new UnsentRequestError(error));
    else if (this.#status === 0) this.#reject(error);
    else this.#reject(new TruncatedResponseError(this.#status, error, this.#headers));
  }

  #reject(reason: Error): void {
    this.#stopWaiting();
    this.#settle.reject(reason);
  }

  #stopWaiting(): void {
    clearTimeout(this.#timer);
    this.#signal.removeEventListener("abort", this);
  }
}

const timeOut = (exchange: Exchange): void =>
  exchange.end(new DOMException("no answer in time", "TimeoutError"));
