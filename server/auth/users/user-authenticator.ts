// The door for users of our own.
import type { Clock } from "../../clock.ts";
import { Failure } from "../../failures/failure.ts";
import type { Authenticator } from "../authenticator.ts";
import type { Caller } from "../caller.ts";
import { sameHash, type TokenHash, type TokenHasher } from "./token-hash.ts";
import { createAdmissions } from "./user-cache.ts";
import { claimsToBeUserToken, parseUserToken, type UserToken } from "./user-token.ts";
import { callerOf, type StoredToken, type User, type Users } from "./users.ts";

export interface UserAuthenticatorPorts {
  users: Pick<Users, "find" | "touch">;
  hasher: TokenHasher;
  clock: Clock;
  /** Hears that `last used` could not be written; the request went on. */
  onUntouched(error: unknown): void;
}

/** `last used` is written at most this often for a user. */
const TOUCH_MS = 60_000;
const MAX_TOUCHED = 10_000;

/**
 * Recognises tokens that begin with `rkb_`. Throws `credentials-rejected` for one that is malformed, unknown, expired
 * or a disabled user's, and `store-unavailable` when that cannot be found out.
 */
export const userAuthenticator = ({
  users,
  hasher,
  clock,
  onUntouched,
}: UserAuthenticatorPorts): Authenticator => {
  const admissions = createAdmissions();
  const touched = new Map<string, number>();

  const touch = (name: string): void => {
    const now = clock.monotonic();
    if (now - (touched.get(name) ?? Number.NEGATIVE_INFINITY) < TOUCH_MS) return;
    const [oldest] = touched.size >= MAX_TOUCHED ? touched.keys() : [];
    if (oldest !== undefined) touched.delete(oldest);
    touched.delete(name);
    touched.set(name, now);
    users.touch(name, clock.now()).catch(onUntouched);
  };

  const examine = async (token: UserToken, presented: TokenHash): Promise<Caller> => {
    const askedAt = clock.monotonic();
    const found = await users.find(token.prefix).catch((cause: unknown) => {
      throw new Failure("store-unavailable", undefined, { cause, headers: { "retry-after": "1" } });
    });
    // Compared in any case, so that an unknown prefix takes as long as a wrong secret.
    const isSame = sameHash(presented, found?.token);
    const fault = faultOf(found, presented, isSame, clock.now());
    if (!found || fault !== undefined) {
      throw rejected(`the user's token ${token.prefix} ${fault}`);
    }
    const caller = callerOf(found.user, found.token);
    admissions.remember(presented.hash, { caller, askedAt, expiresAt: found.token.expiresAt });
    touch(found.user.name);
    return caller;
  };

  return ({ bearer }) => {
    if (bearer === undefined || !claimsToBeUserToken(bearer)) return undefined;
    const token = parseUserToken(bearer);
    if (!token) throw rejected("it begins like a user's token, and has not the form of one");
    const presented = hasher.hash(token);
    return admissions.find(presented.hash, clock) ?? (() => examine(token, presented));
  };
};

const rejected = (reason: string): Failure =>
  new Failure("credentials-rejected", undefined, { cause: new Error(reason) });

const faultOf = (
  found: { user: User; token: StoredToken } | undefined,
  presented: TokenHash,
  isSame: boolean,
  now: number,
): string | undefined => {
  if (!found) return "is nobody's";
  if (found.token.keyId !== presented.keyId) return "was made with another TOKEN_HASH_KEY";
  if (!isSame) return "has a wrong secret";
  if (found.token.expiresAt !== undefined && found.token.expiresAt <= now) return "has expired";
  return found.user.disabledAt === undefined ? undefined : `is ${found.user.name}'s, who is disabled`;
};
