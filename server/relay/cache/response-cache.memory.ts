// The response cache in this replica's memory: the least recently used responses go first.
import { LRUCache } from "lru-cache";
import type { CachedResponse, ResponseCache } from "./response-cache.ts";

/** Bytes of memory that an entry takes besides its body. */
const OVERHEAD_BYTES = 1024;
/** One response may take this part of the memory, so that it does not displace all others. */
const LARGEST_PART = 1 / 8;

/** `now` is in milliseconds. */
export const memoryResponseCache = (maxBytes: number, now: () => number): ResponseCache => {
  const responses = new LRUCache<string, CachedResponse>({
    maxSize: maxBytes,
    sizeCalculation: ({ body }) => body.length + OVERHEAD_BYTES,
    perf: { now },
    // By default the time is read once a millisecond: an entry would be found after its end.
    ttlResolution: 0,
  });
  return {
    maxBytes: maxBytes * LARGEST_PART,
    find: async (key) => responses.get(key),
    store: async (key, response, ttlSeconds) => {
      responses.set(key, response, { ttl: ttlSeconds * 1000 });
    },
  };
};
