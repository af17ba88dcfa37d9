// The users of broker.yaml, created when the service starts, or changed to what their entries say.
import type { TokenHasher } from "./token-hash.ts";
import { applyEntry } from "./user-change.ts";
import { parseUserToken } from "./user-token.ts";
import type { UserConfig, Users } from "./users.ts";

/**
 * Adds those whose name is not taken, and gives the others the roles, profiles, team and limits that their entries say: an operator
 * who takes a role away in the file must not find it in force. What an entry leaves out stays as it is, and so do a user's
 * tokens and whether the user is disabled. Returns how many were created and changed. Throws when a token belongs to another
 * user already, as after a renaming in the file; then no user has changed.
 */
export const useConfiguredUsers = async (
  users: Pick<Users, "add" | "change" | "find">,
  configured: readonly UserConfig[],
  hasher: TokenHasher,
  now: number,
): Promise<{ created: number; changed: number }> => {
  const entries = configured.map(({ token, ...entry }) => ({
    entry,
    token: token && parseUserToken(token.reveal()),
  }));
  // A configuration that is refused as a whole must not leave the first of its users behind.
  const owners = new Map<string, string>();
  for (const { entry, token } of entries) {
    if (!token) continue;
    const owner = owners.get(token.prefix) ?? (await users.find(token.prefix))?.user.name ?? entry.name;
    owners.set(token.prefix, owner);
    if (owner === entry.name) continue;
    throw new Error(
      `users: the token of ${entry.name} is ${owner}'s already; make another with \`npx broker users token\``,
    );
  }
  let created = 0;
  let changed = 0;
  for (const { entry, token } of entries) {
    const { name } = entry;
    const stored = token && { prefix: token.prefix, ...hasher.hash(token) };
    const user = { name, ...applyEntry(entry)({ roles: [], profiles: undefined, limits: {} }) };
    if (await users.add(user, stored, now)) created += 1;
    else if ((await users.change(name, applyEntry(entry)))?.isChanged) changed += 1;
  }
  return { created, changed };
};
