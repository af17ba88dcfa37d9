// The keyed hash of a user's token: what the database has in place of the token.
import { createHmac, timingSafeEqual } from "node:crypto";
import type { Secret } from "../../secret.ts";
import type { UserToken } from "./user-token.ts";

export interface TokenHash {
  /** Identifies the key without revealing it, so that a token hashed with another key is recognised as such. */
  keyId: string;
  hash: string;
}

export interface TokenHasher {
  readonly keyId: string;
  hash(token: UserToken): TokenHash;
}

/**
 * HMAC-SHA256. Tokens are too random to be guessed from a plain hash; the key keeps an attacker who can write to the
 * database, and no more, from adding a token.
 */
export const tokenHasher = (key: Secret): TokenHasher => {
  const bytes = Buffer.from(key.reveal());
  const mac = (text: string) => createHmac("sha256", bytes).update(text).digest("base64url");
  const keyId = mac("key id").slice(0, 8);
  return { keyId, hash: ({ text }) => ({ keyId, hash: mac(text) }) };
};

/** Compares in constant time, and takes as long when there is nothing to compare with. */
export const sameHash = (presented: TokenHash, stored: TokenHash | undefined): boolean => {
  const expected = Buffer.from(stored?.hash ?? "".padEnd(presented.hash.length, "-"));
  const given = Buffer.from(presented.hash);
  return expected.length === given.length && timingSafeEqual(expected, given) && stored !== undefined;
};
