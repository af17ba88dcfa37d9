// The response cache in Redis or Valkey, shared by all replicas.
import type { SharedRedis } from "../../store/redis.node.ts";
import type { ResponseCache } from "./response-cache.ts";

const MAX_BYTES = 1024 * 1024;

const nameOf = (key: string): string => `broker:answer:${key}`;

/** `wait` bounds how long a request waits for Redis, and rejects when that time is over. */
export const redisResponseCache = (
  { client }: Pick<SharedRedis, "client">,
  wait: <T>(work: Promise<T>) => Promise<T>,
): ResponseCache => ({
  maxBytes: MAX_BYTES,
  find: async (key) => {
    try {
      const text = await wait(client.get(nameOf(key)));
      if (text === null) return undefined;
      const { status, headers, body } = JSON.parse(text);
      return { status, headers, body: Buffer.from(body, "base64") };
    } catch {
      return undefined;
    }
  },
  store: async (key, { status, headers, body }, ttlSeconds) => {
    const text = JSON.stringify({ status, headers, body: body.toString("base64") });
    const expiration = { type: "EX", value: ttlSeconds } as const;
    await client.set(nameOf(key), text, { expiration }).catch(() => undefined);
  },
});
