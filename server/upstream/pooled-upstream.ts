// The upstream over a pool of keys: each request is a task that is done with one of them.

import type { AttemptLog } from "../observe/event.ts";
import { createPaths } from "./call-requests.ts";
import type { CallAccount, CallRequest, UpstreamCalls } from "./calls.ts";
import type { PoolKey } from "./pool-members.ts";
import type { Recipient, RelayedRequest } from "./relay.ts";
import type { Retry, Task } from "./retry.ts";
import { mintRouting, type RoutingFacts, relayRouting } from "./routing.ts";
import type { RelayResult, Upstream } from "./upstream.ts";
import { upstreamFailure } from "./upstream-error.ts";

export interface PooledPorts {
  retry: Retry;
  /** Of the key of that name as it is now, or as it was when it went; undefined where there was none. */
  accountOf(key: string): CallAccount | undefined;
  /** For all attempts of one mint together. */
  mintTimeoutMs(): number;
}

export const pooledUpstream = ({
  retry,
  accountOf,
  mintTimeoutMs,
}: PooledPorts): Pick<Upstream, "mint" | "moderate" | "relay"> & UpstreamCalls => ({
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
  createCall: (request) =>
    retry({
      facts: callRouting(request.interface, request),
      timeoutMs: request.timeoutMs,
      // The service goes on when the caller leaves: a call that was created has to be ended.
      signal: never,
      attemptLog: request.attemptLog,
      attempt: ({ account }, timeoutMs) => account.createCall(request, timeoutMs),
    }),
  hangUp: async (call, timeoutMs) => callAccountOf(accountOf, call.upstreamKey).hangUp(call, timeoutMs),
  joinCall: async (call, receiver, signal) =>
    callAccountOf(accountOf, call.upstreamKey).joinCall(call, receiver, signal),
  openCarried: (request, receiver, signal) =>
    retry({
      facts: callRouting("realtime", request),
      timeoutMs: OPEN_MS,
      signal,
      attempt: async ({ name, account }) => ({
        socket: await account.openCarried(request, receiver, signal),
        upstreamKey: name,
      }),
    }),
});

const never = new AbortController().signal;
const OPEN_MS = 15_000;

const callRouting = (
  of: CallRequest["interface"],
  { callerId, model }: Pick<CallRequest, "callerId" | "model">,
): RoutingFacts => relayRouting({ method: "POST", target: createPaths[of], callerId, model });

// A call can be neither joined nor ended without the key that created it.
const callAccountOf = (accountOf: PooledPorts["accountOf"], key: string): CallAccount => {
  const account = accountOf(key);
  if (account) return account;
  const message = `the upstream key ${key}, with which the call was created, is not configured any more`;
  throw upstreamFailure("upstream-unavailable", message, { key }, { kind: "abandoned" });
};

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
