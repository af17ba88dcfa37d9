// The users of broker.yaml, created when the service starts and never overwritten.
import type { TokenHasher } from "./token-hash.ts";
import { parseUserToken } from "./user-token.ts";
import type { UserConfig, Users } from "./users.ts";

/**
 * Adds those whose name is not taken, and returns how many. What was changed by command since then stays. Throws when a
 * token belongs to another user already, as after a renaming in the file.
 */
export const createConfiguredUsers = async (
  users: Pick<Users, "add" | "find">,
  configured: readonly UserConfig[],
  hasher: TokenHasher,
  now: number,
): Promise<number> => {
  let created = 0;
  for (const { token: secret, ...user } of configured) {
    const token = secret && parseUserToken(secret.reveal());
    const stored = token && { prefix: token.prefix, ...hasher.hash(token) };
    const owner = token && (await users.find(token.prefix))?.user.name;
    if (owner !== undefined && owner !== user.name) {
      throw new Error(
        `users: the token of ${user.name} is ${owner}'s already; make another with \`npx broker users token\``,
      );
    }
    if (await users.add({ ...user, profiles: user.profiles }, stored, now)) created += 1;
  }
  return created;
};
