// The cache of verified tokens and solutions: checking one costs more than all the rest of a request.
import { hash } from "node:crypto";
import { LRUCache } from "lru-cache";
import type { Caller } from "./caller.ts";

/** A key that its issuer has withdrawn is honoured for at most so long. */
const REMEMBER_MS = 60_000;
const MAX_TOKENS = 10_000;

interface Verified {
  caller: Caller;
  /** Milliseconds since 1970. */
  until: number;
}

export interface VerifiedCache {
  /** `now` is in milliseconds since 1970. */
  find(token: string, now: number): Caller | undefined;
  /** `expiresAt` is the token's own `exp`, in Unix seconds. */
  remember(token: string, caller: Caller, expiresAt: number, now: number): void;
}

/** Keeps digests, not tokens. Only verified tokens get in, so callers without one cannot fill it. */
export const createVerifiedCache = (): VerifiedCache => {
  const verified = new LRUCache<string, Verified>({ max: MAX_TOKENS });
  return {
    find: (token, now) => {
      const key = digest(token);
      const found = verified.get(key);
      if (found && now < found.until) return found.caller;
      verified.delete(key);
      return undefined;
    },
    remember: (token, caller, expiresAt, now) => {
      verified.set(digest(token), { caller, until: Math.min(expiresAt * 1000, now + REMEMBER_MS) });
    },
  };
};

const digest = (token: string): string => hash("sha256", token, "base64");
