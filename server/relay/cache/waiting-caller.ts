// One caller who waits for a shared request: until it begins, their own deadline ends, or they leave.
import { Failure } from "../../failures/failure.ts";
import type { Flow, Recipient } from "../../upstream/relay.ts";
import type { ShareableRequest, SharedRequest } from "./shared-request.ts";

/** `hit`: from the cache. `joined`: another caller's request was under way. `miss`: OpenAI was asked. */
export type CacheOutcome = "hit" | "joined" | "miss";

export interface Answered {
  outcome: CacheOutcome;
  /** The name of the upstream key that was used; undefined for a hit. */
  upstreamKey: string | undefined;
}

/** Calls back once after so many milliseconds, unless the returned function is called before. */
export type StartTimer = (ms: number, run: () => void) => () => void;

export class WaitingCaller implements Recipient {
  readonly #request: ShareableRequest;
  readonly #shared: SharedRequest;
  /** What the outcome is unless the response comes from the cache. */
  #outcome: CacheOutcome;
  /** Whether OpenAI refused the request of another caller, which then is no answer to this one. */
  #isRefusedForOther = false;
  readonly #ending = new AbortController();
  readonly #left = Promise.withResolvers<never>();
  #stopTimer = (): void => {};

  constructor(request: ShareableRequest, shared: SharedRequest, hasJoined: boolean) {
    this.#request = request;
    this.#shared = shared;
    this.#outcome = hasJoined ? "joined" : "miss";
  }

  /** Resolves when the response begins. */
  async wait(startTimer: StartTimer): Promise<Answered> {
    const { signal, waitMs, send } = this.#request;
    const unsubscribe = this.#shared.response.subscribe(this);
    const end = (reason: Error): void => {
      unsubscribe(reason);
      this.#ending.abort(reason);
      this.#left.reject(reason);
    };
    if (waitMs !== undefined) {
      this.#stopTimer = startTimer(waitMs, () => end(new Failure("upstream-timeout")));
    }
    signal.addEventListener("abort", () => end(signal.reason), { once: true });
    try {
      const upstreamKey = await Promise.race([this.#shared.begun, this.#left.promise]);
      if (!this.#isRefusedForOther) return { outcome: this.#currentOutcome(), upstreamKey };
      unsubscribe(new Error("refused for another caller"));
      this.#isRefusedForOther = false;
      this.#outcome = "miss";
      const own = send(this, this.#ending.signal);
      return { outcome: "miss", upstreamKey: await Promise.race([own, this.#left.promise]) };
    } finally {
      this.#stopTimer();
    }
  }

  onHead(status: number, headers: Readonly<Record<string, string>>, flow: Flow): void {
    // OpenAI may have refused the other caller, whose safety identifier the request carries, and not the request.
    const isOthers = this.#outcome === "joined" && this.#shared.identity !== this.#request.identity;
    this.#isRefusedForOther = isOthers && status >= 400;
    if (this.#isRefusedForOther) return;
    this.#stopTimer();
    this.#request.recipient.onHead(status, { ...headers, "x-broker-cache": this.#currentOutcome() }, flow);
  }

  onData(chunk: Uint8Array): void {
    if (!this.#isRefusedForOther) this.#request.recipient.onData(chunk);
  }

  onEnd(): void {
    if (!this.#isRefusedForOther) this.#request.recipient.onEnd();
  }

  onBreak(reason: Error): void {
    if (!this.#isRefusedForOther) this.#request.recipient.onBreak(reason);
  }

  #currentOutcome(): CacheOutcome {
    return this.#shared.isHit ? "hit" : this.#outcome;
  }
}
