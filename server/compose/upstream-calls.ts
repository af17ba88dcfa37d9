// Composes what upstream keys' accounts do for calls. Those of keys that have gone are kept for the calls that they created.
import { LRUCache } from "lru-cache";
import type { Clock, Timers } from "../clock.ts";
import { describeCause } from "../observe/describe-error.ts";
import type { Log } from "../observe/log.ts";
import { type Connect, requestAgent } from "../upstream/agents.undici.ts";
import { callAccount } from "../upstream/call-account.ts";
import type { CallAccount } from "../upstream/calls.ts";
import type { HttpClient } from "../upstream/http-client.ts";
import { createHttpClient } from "../upstream/http-client.undici.ts";
import type { KeyAccess } from "../upstream/keys.ts";
import { voiceSocketOpener } from "../upstream/voice-socket.ws.ts";

interface CallPorts {
  connect: Connect;
  /** For what ends calls: creations that hang keep no call from being ended. */
  http: HttpClient;
  clock: Clock;
  timers: Timers;
  log: Log;
  /** Told the bytes that come over sidebands. */
  onReceived(bytes: number): void;
}

export interface CallAccounts extends AsyncDisposable {
  /** From now on calls of the key's name are its own. */
  accountOf(key: KeyAccess): CallAccount;
  find(name: string): CallAccount | undefined;
}

/** Operators change keys rarely. */
const MAX_ACCOUNTS = 1000;

export const callAccountsWith = ({
  connect,
  http,
  clock,
  timers,
  log,
  onReceived,
}: CallPorts): CallAccounts => {
  const agent = requestAgent(undefined, connect);
  const creating = createHttpClient(agent);
  const openSocket = voiceSocketOpener(connect, onReceived);
  const accounts = new LRUCache<string, CallAccount>({ max: MAX_ACCOUNTS });
  return {
    find: (name) => accounts.get(name),
    accountOf: (key) => {
      const account = callAccount(key, {
        ...{ creating, ending: http, openSocket, clock, timers },
        onLeftOver: ({ id }, error) =>
          log.write("error", "call-not-ended", { call: id, key: key.name, cause: describeCause(error) }),
      });
      accounts.set(key.name, account);
      return account;
    },
    // Creations that OpenAI does not answer would be waited for a minute longer.
    [Symbol.asyncDispose]: () => agent.destroy(),
  };
};
