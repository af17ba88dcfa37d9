// Nonces in this process's memory: once for one replica.
import type { Clock } from "../clock.ts";
import type { Nonces } from "./nonces.ts";

/** Enough for 160 signed requests a second; more are refused rather than an old one forgotten. */
const CAPACITY = 100_000;

export const memoryNonces = (clock: Pick<Clock, "now">, capacity = CAPACITY): Nonces => {
  const endings = new Map<string, number>();
  // All live equally long, so the first in the map is the first to end.
  const forgetEnded = (now: number): void => {
    for (const [name, endsAt] of endings) {
      if (endsAt > now) return;
      endings.delete(name);
    }
  };
  return {
    once: async (name, ttlSeconds) => {
      const now = clock.now();
      forgetEnded(now);
      if (endings.has(name)) return false;
      if (endings.size >= capacity) throw new Error("too many nonces to remember; set REDIS_URL");
      endings.set(name, now + ttlSeconds * 1000);
      return true;
    },
  };
};
