// Cooldowns of one key: a model whose rate limit is reached, an endpoint that the key has no permission for.
import { LRUCache } from "lru-cache";
import { addFinder, countsFor, type Finders } from "./finders.ts";

export interface Cooldowns {
  /** With a caller, it holds for that caller alone until another finds the same. Returns whether it is new. */
  start(name: string, forMs: number, callerId?: string): boolean;
  /** How long it still holds for this caller; 0 when it does not. */
  leftMs(name: string, callerId?: string): number;
}

/** OpenAI has some hundred models; callers may invent more, and longer names. */
const MAX_NAMES = 500;
const MAX_NAME_LENGTH = 256;

interface Cooldown {
  endsAt: number;
  finders: Finders;
}

export const createCooldowns = (now: () => number): Cooldowns => {
  const cooldowns = new LRUCache<string, Cooldown>({ max: MAX_NAMES });
  const find = (name: string): Cooldown | undefined => {
    const found = cooldowns.get(name.slice(0, MAX_NAME_LENGTH));
    return found && found.endsAt > now() ? found : undefined;
  };
  return {
    leftMs: (name, callerId) => {
      const found = find(name);
      return found && countsFor(found.finders, callerId) ? found.endsAt - now() : 0;
    },
    start: (name, forMs, callerId) => {
      const before = find(name);
      const finders = addFinder(before?.finders ?? "none", callerId);
      cooldowns.set(name.slice(0, MAX_NAME_LENGTH), { endsAt: now() + forMs, finders });
      return before === undefined;
    },
  };
};
