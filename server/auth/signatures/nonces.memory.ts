// Nonces in this process's memory: once for one replica.
import type { Clock } from "../../clock.ts";
import type { Nonces } from "./nonces.ts";

/** Of one signer. Enough for 160 signed requests a second; more are refused rather than an old one forgotten. */
const CAPACITY = 100_000;

/** Signers are those of the configuration, and each has room of its own: none fills another's. */
export const memoryNonces = (clock: Pick<Clock, "now">, capacity = CAPACITY): Nonces => {
  const signers = new Map<string, Map<string, number>>();

  const endingsOf = (signer: string): Map<string, number> => {
    const known = signers.get(signer) ?? new Map<string, number>();
    signers.set(signer, known);
    return known;
  };
  // All live equally long, so the first in the map is the first to end.
  const forgetEnded = (endings: Map<string, number>, now: number): void => {
    for (const [nonce, endsAt] of endings) {
      if (endsAt > now) return;
      endings.delete(nonce);
    }
  };
  return {
    once: async (signer, nonce, ttlSeconds) => {
      const now = clock.now();
      const endings = endingsOf(signer);
      forgetEnded(endings, now);
      if (endings.has(nonce)) return false;
      if (endings.size >= capacity) throw new Error("too many nonces to remember; set REDIS_URL");
      endings.set(nonce, now + ttlSeconds * 1000);
      return true;
    },
  };
};
