// OpenAI as the rest of the service knows it: whatever is asked of it is done with one of the keys.
import type { Attempts } from "./attempts.ts";
import type { PoolKey } from "./pool.ts";
import type { RelayAccount, Relays } from "./relaying.ts";
import type { Account, Upstream } from "./upstream.ts";

export interface PooledKey extends PoolKey {
  account: Account & RelayAccount;
}

export interface PooledPorts {
  attempts: Attempts<PooledKey>;
  /** For all attempts of one mint together. */
  mintTimeoutMs: number;
}

export const pooledUpstream = ({ attempts, mintTimeoutMs }: PooledPorts): Upstream & Relays => ({
  mint: (request) =>
    attempts({
      model: request.model,
      timeoutMs: mintTimeoutMs,
      signal: request.signal,
      attempt: ({ account }, timeoutMs) => account.mint(request, timeoutMs),
    }),
  relay: (request, recipient) =>
    attempts({
      model: request.model,
      timeoutMs: request.timeoutMs,
      signal: request.signal,
      attempt: async ({ account, name }, timeoutMs) => {
        await account.relay(request, recipient, timeoutMs);
        return name;
      },
      mayRepeat: () => request.body === undefined || request.body.kind === "kept" || !request.body.begun,
    }),
});
