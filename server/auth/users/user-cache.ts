// The cache of authenticated users, so that a burst of requests asks the database once.
import { LRUCache } from "lru-cache";
import type { Clock } from "../../clock.ts";
import type { Caller } from "../caller.ts";

/** A disabled user is refused by every replica within a second; the other half of it is for the way there. */
const REMEMBER_MS = 500;
const MAX_USERS = 10_000;

interface CachedUser {
  caller: Caller;
  /** When the database was asked, on the monotonic clock. */
  askedAt: number;
  /** The token's end, in milliseconds since 1970. */
  expiresAt: number | undefined;
}

export interface UserCache {
  /** By the hash of the user's token. */
  find(hash: string, clock: Clock): Caller | undefined;
  remember(hash: string, user: CachedUser): void;
}

/** Keeps hashes of accepted tokens only, so callers without one cannot fill it. */
export const createUserCache = (): UserCache => {
  const users = new LRUCache<string, CachedUser>({ max: MAX_USERS });
  return {
    find: (hash, clock) => {
      const found = users.get(hash);
      if (!found) return undefined;
      const isFresh = clock.monotonic() - found.askedAt < REMEMBER_MS;
      if (isFresh && (found.expiresAt === undefined || clock.now() < found.expiresAt)) return found.caller;
      users.delete(hash);
      return undefined;
    },
    remember: (hash, user) => {
      users.set(hash, user);
    },
  };
};
