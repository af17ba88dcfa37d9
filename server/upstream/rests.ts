// What a key is spared for a while: a model whose limit is reached, an endpoint that it may not use.
import { LRUCache } from "lru-cache";

export interface Rests {
  /** Whether it did not rest already. */
  rest(name: string, forMs: number): boolean;
  /** How long it still rests; 0 or less when it does not. */
  leftMs(name: string): number;
}

/** OpenAI has some hundred models; callers may invent more, and longer ones. */
const REMEMBERED = 500;
const LONGEST_NAME = 256;

export const createRests = (now: () => number): Rests => {
  const ends = new LRUCache<string, number>({ max: REMEMBERED });
  const leftMs = (name: string) => (ends.get(name.slice(0, LONGEST_NAME)) ?? 0) - now();
  return {
    leftMs,
    rest: (name, forMs) => {
      const isNews = leftMs(name) <= 0;
      ends.set(name.slice(0, LONGEST_NAME), now() + forMs);
      return isNews;
    },
  };
};
