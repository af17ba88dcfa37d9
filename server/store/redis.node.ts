// The connection to the Redis or Valkey that replicas share; it reconnects by itself.
import { createClient, type SetOptions } from "@redis/client";
import type { Log } from "../observe/log.ts";
import type { Secret } from "../secret.ts";

const clientOf = (url: Secret) =>
  createClient({
    // The URL may contain a password.
    url: url.reveal(),
    // RESP 2: all versions of Redis and Valkey speak it.
    RESP: 2,
    // A command that cannot be sent now fails at once, instead of waiting for the connection.
    disableOfflineQueue: true,
    maintNotifications: "disabled",
    socket: { connectTimeout: 2000, reconnectStrategy: (retries) => Math.min(50 * 2 ** retries, 1000) },
  });

interface ScriptInput {
  keys: string[];
  arguments: string[];
}

/** The commands of which the service makes use; the keys of each are in one slot of a cluster. */
export interface RedisCommands {
  /** Whether commands can be sent now: to some server at least, where there are several. */
  readonly isReady: boolean;
  get(key: string): Promise<string | null>;
  set(key: string, value: string, options?: SetOptions): Promise<string | null>;
  eval(script: string, input: ScriptInput): Promise<unknown>;
  evalSha(sha: string, input: ScriptInput): Promise<unknown>;
  scriptLoad(script: string): Promise<unknown>;
  /** As rate-limiter-flexible takes it. */
  multi(): unknown;
}

/** One server or a cluster. */
export interface SharedRedis {
  client: RedisCommands;
  /** Whether commands can be sent now. */
  readonly ready: boolean;
  /** Resolves when a server answers. */
  ping(): Promise<unknown>;
  /** Any command; `key` is the one that says which server of a cluster it is for. */
  send(words: [string, ...string[]], key?: string): Promise<unknown>;
  /** Runs `work` at each new connection, ahead of all that others send over it: what the server had may be lost. */
  onConnected(work: () => void): void;
  /** Runs `work` once, at the next failure of a connection. */
  onceFailed(work: (error: Error) => void): void;
  close(): void;
}

const FIRST_CONNECT_MS = 1000;

/**
 * Connects, and reconnects when the connection is lost: after 50 ms at first, later every second. Resolves within a second, also
 * without a connection, so that the service starts while Redis is away.
 */
export const connectRedis = async (url: Secret, log: Log): Promise<SharedRedis> => {
  const client = clientOf(url);
  let lost = false;
  client.on("error", (error: Error) => {
    if (!lost) log.write("warn", "redis-lost", { setting: "REDIS_URL", reason: error.message });
    lost = true;
  });
  client.on("ready", () => {
    if (lost) log.write("info", "redis-back", {});
    lost = false;
  });
  const connected = client.connect().then(
    () => {},
    () => {},
  );
  await Promise.race([connected, after(FIRST_CONNECT_MS)]);
  return {
    client,
    get ready() {
      return client.isReady;
    },
    ping: () => client.ping(),
    send: (words) => client.sendCommand(words),
    onConnected: (work) => void client.on("ready", work),
    onceFailed: (work) => void client.once("error", work),
    close: () => client.destroy(),
  };
};

const after = (ms: number): Promise<void> => new Promise((resolve) => setTimeout(resolve, ms).unref());
