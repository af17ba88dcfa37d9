// Nonces in Redis or Valkey: once for all replicas.
import type { SharedRedis } from "../../store/redis.node.ts";
import type { Nonces } from "./nonces.ts";

/** `wait` bounds how long an answer is waited for, and rejects when that is over. */
export const redisNonces = (
  { client }: Pick<SharedRedis, "client">,
  wait: <T>(work: Promise<T>) => Promise<T>,
): Nonces => ({
  once: async (signer, nonce, ttlSeconds) => {
    const expiration = { type: "EX", value: ttlSeconds } as const;
    const name = `broker:nonce:${signer}:${nonce}`;
    const answer = await wait(client.set(name, "1", { condition: "NX", expiration }));
    return answer !== null;
  },
});
