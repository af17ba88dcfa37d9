// Answers in this replica's memory: the ones that were not asked for the longest go first.
import { LRUCache } from "lru-cache";
import type { Answers, CachedResponse } from "./response-cache.ts";

/** What an entry takes besides its body. */
const OVERHEAD_BYTES = 1024;

/** `now` is in milliseconds. */
export const memoryAnswers = (maxBytes: number, now: () => number): Answers => {
  const kept = new LRUCache<string, CachedResponse>({
    maxSize: maxBytes,
    sizeCalculation: ({ body }) => body.length + OVERHEAD_BYTES,
    perf: { now },
    // A shorter memory of the time would outlive an entry.
    ttlResolution: 0,
  });
  return {
    maxBytes: maxBytes / 8,
    find: async (key) => kept.get(key),
    keep: async (key, answer, ttlSeconds) => {
      kept.set(key, answer, { ttl: ttlSeconds * 1000 });
    },
  };
};
