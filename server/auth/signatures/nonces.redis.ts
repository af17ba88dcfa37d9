// The nonce store in Redis or Valkey: for all replicas.
import type { SharedRedis } from "../../store/redis.node.ts";
import type { Nonces } from "./nonces.ts";

/** `wait` sets a deadline for Redis' answer, and rejects after it. */
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
