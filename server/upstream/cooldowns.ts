// What a key is spared for a while: a model whose limit is reached, an endpoint that it may not use.
import { LRUCache } from "lru-cache";

export interface Rests {
  /** With a caller, it rests for them alone until another has found the same. Tells whether it did not rest already. */
  rest(name: string, forMs: number, callerId?: string): boolean;
  /** How long it still rests for this caller; 0 when it does not. */
  leftMs(name: string, callerId?: string): number;
}

/** OpenAI has some hundred models; callers may invent more, and longer ones. */
const REMEMBERED = 500;
const LONGEST_NAME = 256;

interface Rest {
  endsAt: number;
  callerId: string | undefined;
  isOfSeveral: boolean;
}

export const createRests = (now: () => number): Rests => {
  const rests = new LRUCache<string, Rest>({ max: REMEMBERED });
  const find = (name: string): Rest | undefined => {
    const rest = rests.get(name.slice(0, LONGEST_NAME));
    return rest && rest.endsAt > now() ? rest : undefined;
  };
  return {
    leftMs: (name, callerId) => {
      const rest = find(name);
      return rest && (rest.isOfSeveral || rest.callerId === callerId) ? rest.endsAt - now() : 0;
    },
    rest: (name, forMs, callerId) => {
      const before = find(name);
      const isOfSeveral = before !== undefined && (before.isOfSeveral || before.callerId !== callerId);
      rests.set(name.slice(0, LONGEST_NAME), { endsAt: now() + forMs, callerId, isOfSeveral });
      return before === undefined;
    },
  };
};
