// The connection to Redis or Valkey that replicas share, kept alive by itself.
import { createClient } from "@redis/client";
import type { Log } from "../observe/log.ts";
import type { Secret } from "../secret.ts";

const clientOf = (url: Secret) =>
  createClient({
    // It may hold a password.
    url: url.reveal(),
    // The protocol that old Redis, new Redis and Valkey speak.
    RESP: 2,
    // A command that cannot be sent now fails now.
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
 * Connects, and again whenever the connection is lost: at first after 50 ms, later every second. Resolves after a second at
 * the latest, as a service whose Redis is away starts too.
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
