// Authenticates by the tokens of the users in our database.
import { LRUCache } from "lru-cache";
import type { Clock } from "../../clock.ts";
import { Failure } from "../../failures/failure.ts";
import type { Authenticator } from "../authenticator.ts";
import type { Caller } from "../caller.ts";
import { type RejectionReason, rejected } from "../rejection.ts";
import { sameHash, type TokenHash, type TokenHasher } from "./token-hash.ts";
import { createUserCache } from "./user-cache.ts";
import { claimsToBeUserToken, parseUserToken, type UserToken } from "./user-token.ts";
import { callerOf, type StoredToken, type User, type Users } from "./users.ts";

export interface UserAuthenticatorPorts {
  users: Pick<Users, "find" | "touch">;
  hasher: TokenHasher;
  clock: Clock;
  /** Called when `last used` could not be written; the request went on. */
  onUntouched(error: unknown): void;
}

/** `last used` is written at most this often for a user. */
const TOUCH_MS = 60_000;
const MAX_TOUCHED = 10_000;

/**
 * Recognises tokens that begin with `rkb_`. Throws `credentials-rejected` for one that is malformed, unknown, expired
 * or a disabled user's, and `store-unavailable` when the database does not answer.
 */
export const userAuthenticator = ({
  users,
  hasher,
  clock,
  onUntouched,
}: UserAuthenticatorPorts): Authenticator => {
  const cache = createUserCache();
  const touched = new LRUCache<string, number>({ max: MAX_TOUCHED });

  const touch = (name: string): void => {
    const now = clock.monotonic();
    if (now - (touched.get(name) ?? Number.NEGATIVE_INFINITY) < TOUCH_MS) return;
    touched.set(name, now);
    users.touch(name, clock.now()).catch(onUntouched);
  };

  const verify = async (token: UserToken, presented: TokenHash): Promise<Caller> => {
    const askedAt = clock.monotonic();
    const found = await users.find(token.prefix).catch((cause: unknown) => {
      throw new Failure("store-unavailable", undefined, { cause, headers: { "retry-after": "1" } });
    });
    const { user, token: stored } = checkToken(token.prefix, presented, found, clock.now());
    const caller = callerOf(user, stored);
    cache.remember(presented.hash, { caller, askedAt, expiresAt: stored.expiresAt });
    touch(user.name);
    return caller;
  };

  return ({ bearer }) => {
    if (bearer === undefined || !claimsToBeUserToken(bearer)) return undefined;
    const token = parseUserToken(bearer);
    if (!token)
      throw rejected("user-token-malformed", "it begins like a user's token, and has not the form of one");
    const presented = hasher.hash(token);
    return cache.find(presented.hash, clock) ?? (() => verify(token, presented));
  };
};

interface Found {
  user: User;
  token: StoredToken;
}

const checkToken = (prefix: string, presented: TokenHash, found: Found | undefined, now: number): Found => {
  // Compared in any case, so that an unknown prefix takes as long as a wrong secret.
  const isSame = sameHash(presented, found?.token);
  const refusal = (reason: RejectionReason, fault: string) =>
    rejected(reason, `the user's token ${prefix} ${fault}`);
  if (!found) throw refusal("user-token-unknown", "is unknown");
  const { user, token } = found;
  if (token.keyId !== presented.keyId)
    throw refusal("user-token-rehashed", "was made with another TOKEN_HASH_KEY");
  if (!isSame) throw refusal("user-token-wrong", "has a wrong secret");
  if (token.expiresAt !== undefined && token.expiresAt <= now)
    throw refusal("user-token-expired", "has expired");
  if (user.disabledAt !== undefined) throw refusal("user-disabled", `is ${user.name}'s, who is disabled`);
  return found;
};
