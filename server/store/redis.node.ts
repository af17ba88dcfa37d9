// The connection to the Redis or Valkey that replicas share; it reconnects by itself.
import { createClient } from "@redis/client";
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

export interface SharedRedis {
  client: ReturnType<typeof clientOf>;
  /** Whether commands can be sent now. */
  readonly ready: boolean;
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
    close: () => client.destroy(),
  };
};

const after = (ms: number): Promise<void> => new Promise((resolve) => setTimeout(resolve, ms).unref());
