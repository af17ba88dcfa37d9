// Opens a WebSocket at OpenAI over undici and hands over its bare connection: its frames are not read here.
import type { Duplex } from "node:stream";
import type { Dispatcher } from "undici";
import type { Fields } from "./relay.ts";
import type { SocketRequest, Upstream, UpstreamSocket } from "./upstream.ts";
import { messageOf, upstreamFailure } from "./upstream-error.ts";

/** Throws `upstream-refused`. */
export const socketOpener =
  (agent: Dispatcher): Upstream["openSocket"] =>
  (request) => {
    const { url, headers } = request;
    const { origin, pathname, search } = new URL(url.replace(/^ws/, "http"));
    const opening = new Opening(request);
    agent.dispatch(
      { origin, path: pathname + search, method: "GET", upgrade: "websocket", headers },
      opening,
    );
    return opening.opened;
  };

class Opening implements Dispatcher.DispatchHandler {
  readonly opened: Promise<UpstreamSocket>;
  readonly #settle: Pick<PromiseWithResolvers<UpstreamSocket>, "reject" | "resolve">;
  readonly #signal: AbortSignal;
  #controller: Dispatcher.DispatchController | undefined;

  constructor({ signal }: SocketRequest) {
    const { promise, resolve, reject } = Promise.withResolvers<UpstreamSocket>();
    this.opened = promise;
    this.#settle = { resolve, reject };
    this.#signal = signal;
    signal.addEventListener("abort", this);
  }

  /** The signal's event. */
  handleEvent(): void {
    this.#controller?.abort(this.#signal.reason);
  }

  onRequestStart(controller: Dispatcher.DispatchController): void {
    this.#controller = controller;
    if (this.#signal.aborted) this.handleEvent();
  }

  onRequestUpgrade(_: unknown, _status: number, headers: Fields, connection: Duplex): void {
    this.#signal.removeEventListener("abort", this);
    this.#settle.resolve({ headers, connection });
  }

  onResponseStart(controller: Dispatcher.DispatchController, status: number): void {
    if (status >= 200) controller.abort(new Error(`OpenAI answered ${status}`));
  }

  onResponseError(_: unknown, error: Error): void {
    this.#signal.removeEventListener("abort", this);
    this.#settle.reject(this.#signal.aborted ? this.#signal.reason : failureOf(error));
  }
}

const failureOf = (error: Error): Error =>
  upstreamFailure(
    "upstream-refused",
    "the WebSocket does not open",
    { message: messageOf(error) },
    { kind: "failed", how: "connection" },
  );
