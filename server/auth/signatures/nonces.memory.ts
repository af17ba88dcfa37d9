// The nonce store in this process's memory: for one replica.
import type { Clock } from "../../clock.ts";
import type { Nonces } from "./nonces.ts";

/** Nonces of one signer: enough for 160 signed requests a second. When full, requests are refused: forgetting would allow replays. */
const CAPACITY = 100_000;

/** Each signer of the configuration has its own room, so that none can fill another's. */
export const memoryNonces = (clock: Pick<Clock, "now">, capacity = CAPACITY): Nonces => {
  const signers = new Map<string, Map<string, number>>();

  const endsOf = (signer: string): Map<string, number> => {
    const known = signers.get(signer) ?? new Map<string, number>();
    signers.set(signer, known);
    return known;
  };
  // All have the same lifetime, so the map is in the order of their ends.
  const forgetEnded = (ends: Map<string, number>, now: number): void => {
    for (const [nonce, endsAt] of ends) {
      if (endsAt > now) return;
      ends.delete(nonce);
    }
  };
  return {
    once: async (signer, nonce, ttlSeconds) => {
      const now = clock.now();
      const ends = endsOf(signer);
      forgetEnded(ends, now);
      if (ends.has(nonce)) return false;
      if (ends.size >= capacity) throw new Error("too many nonces to remember; set REDIS_URL");
      ends.set(nonce, now + ttlSeconds * 1000);
      return true;
    },
  };
};
