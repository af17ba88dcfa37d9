// The upstream over a pool of keys: each request is a task that is done with one of them.

import type { AttemptLog } from "../observe/event.ts";
import type { PoolKey } from "./pool-members.ts";
import type { Recipient, RelayedRequest } from "./relay.ts";
import type { Retry, Task } from "./retry.ts";
import { mintRouting, type RoutingFacts, relayRouting } from "./routing.ts";
import type { RelayResult, Upstream } from "./upstream.ts";

export interface PooledPorts {
  retry: Retry;
  /** For all attempts of one mint together. */
  mintTimeoutMs(): number;
}

export const pooledUpstream = ({
  retry,
  mintTimeoutMs,
}: PooledPorts): Pick<Upstream, "mint" | "moderate" | "relay"> => ({
  mint: (request) =>
    retry({
      facts: mintRouting(request),
      timeoutMs: mintTimeoutMs(),
      signal: request.signal,
      attemptLog: request.attemptLog,
      attempt: ({ account }, timeoutMs) => account.mint(request, timeoutMs),
    }),
  relay: async (request, recipient) => {
    const task = new RelayTask(request, recipient);
    await retry(task);
    return task.keyName;
  },
  moderate: (request) =>
    retry({
      facts: relayRouting({ method: "POST", target: "/moderations", ...request }),
      timeoutMs: request.timeoutMs,
      signal: request.signal,
      attempt: ({ account }, timeoutMs) => account.moderate(request, timeoutMs),
    }),
});

/** A class, as hundreds are in flight while OpenAI thinks: its methods are shared, closures would be each request's own. */
class RelayTask implements Task<RelayResult> {
  readonly facts: RoutingFacts;
  readonly timeoutMs: number;
  readonly signal: AbortSignal;
  readonly attemptLog: AttemptLog | undefined;
  /** The name of the key that was used last. */
  keyName = "";
  readonly #request: RelayedRequest;
  readonly #recipient: Recipient;

  constructor(request: RelayedRequest, recipient: Recipient) {
    this.facts = relayRouting(request);
    this.timeoutMs = request.timeoutMs;
    this.signal = request.signal;
    this.attemptLog = request.attemptLog;
    this.#request = request;
    this.#recipient = recipient;
  }

  attempt({ name, account }: PoolKey, timeoutMs: number): Promise<RelayResult> {
    this.keyName = name;
    return account.relay(this.#request, this.#recipient, timeoutMs);
  }

  isRefusal(result: RelayResult): boolean {
    return result === "refused";
  }

  mayRepeat(): boolean {
    const { body } = this.#request;
    return body?.kind !== "streaming" || !body.begun;
  }
}
