// Remembers for a moment which signed tokens were good: checking a signature costs more than all the rest of a request.
import { hash } from "node:crypto";
import type { Caller } from "../caller.ts";

/** How long a withdrawn key may still be honoured, at most. */
const REMEMBER_MS = 60_000;
const MAX_TOKENS = 10_000;

interface Verified {
  caller: Caller;
  /** Milliseconds since 1970. */
  until: number;
}

export interface VerifiedTokens {
  find(token: string, now: number): Caller | undefined;
  /** `expiresAt` is the token's own `exp`, in Unix seconds. */
  remember(token: string, caller: Caller, expiresAt: number, now: number): void;
}

/** Keeps hashes, not tokens. Only good tokens get in, so nobody without one can fill it; the oldest goes first. */
export const createVerifiedTokens = (): VerifiedTokens => {
  const verified = new Map<string, Verified>();
  return {
    find: (token, now) => {
      const key = digest(token);
      const found = verified.get(key);
      if (!found) return undefined;
      if (now < found.until) return found.caller;
      verified.delete(key);
      return undefined;
    },
    remember: (token, caller, expiresAt, now) => {
      const [oldest] = verified.size >= MAX_TOKENS ? verified.keys() : [];
      if (oldest !== undefined) verified.delete(oldest);
      verified.set(digest(token), { caller, until: Math.min(expiresAt * 1000, now + REMEMBER_MS) });
    },
  };
};

const digest = (token: string): string => hash("sha256", token, "base64");
