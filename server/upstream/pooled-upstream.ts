// OpenAI as the rest of the service knows it: whatever is asked of it is done with one of the keys.

import { mintJob, relayJob } from "./job.ts";
import type { Outcome } from "./outcome.ts";
import type { PoolKey } from "./pool.ts";
import type { RelayAccount, Relays } from "./relay.ts";
import type { Attempts } from "./retry.ts";
import type { Account, Upstream } from "./upstream.ts";

export interface PooledKey extends PoolKey {
  account: Account & RelayAccount & Probed;
}

/** One key's part of finding out whether it works again. */
interface Probed {
  /** Never rejects. */
  probe(signal: AbortSignal): Promise<Outcome>;
}

export interface PooledPorts {
  attempts: Attempts<PooledKey>;
  /** For all attempts of one mint together. */
  mintTimeoutMs: number;
}

export const pooledUpstream = ({ attempts, mintTimeoutMs }: PooledPorts): Upstream & Relays => ({
  mint: (request) =>
    attempts({
      job: mintJob(request),
      timeoutMs: mintTimeoutMs,
      signal: request.signal,
      attempt: ({ account }, timeoutMs) => account.mint(request, timeoutMs),
    }),
  relay: async (request, recipient) => {
    const { key } = await attempts({
      job: relayJob(request),
      timeoutMs: request.timeoutMs,
      signal: request.signal,
      attempt: async ({ account, name }, timeoutMs) => ({
        key: name,
        end: await account.relay(request, recipient, timeoutMs),
      }),
      isRefusal: ({ end }) => end === "request-at-fault",
      mayRepeat: () => request.body === undefined || request.body.kind === "buffered" || !request.body.begun,
    });
    return key;
  },
});
