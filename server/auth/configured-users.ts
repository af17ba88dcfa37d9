// The users of broker.yaml, created when the service starts and never overwritten.
import type { TokenHasher } from "./token-hash.ts";
import { parseUserToken } from "./user-token.ts";
import type { UserConfig, Users } from "./users.ts";

/** Adds those whose name is not taken, and answers how many. Whatever was changed since by command stays. */
export const createConfiguredUsers = async (
  users: Pick<Users, "add">,
  configured: readonly UserConfig[],
  hasher: TokenHasher,
  now: number,
): Promise<number> => {
  let created = 0;
  for (const { token: secret, ...user } of configured) {
    const token = secret && parseUserToken(secret.reveal());
    const stored = token && { prefix: token.prefix, ...hasher.hash(token) };
    if (await users.add({ ...user, profiles: user.profiles }, stored, now)) created += 1;
  }
  return created;
};
