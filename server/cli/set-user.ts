// `broker users set`, and what is checked of the names that an operator gives to a user.
import { changeUser } from "../auth/users/user-change.ts";
import { type NewUser, writtenLimits } from "../auth/users/users.ts";
import { nearestName, suggestNames } from "../names.ts";
import type { Command } from "./arguments.ts";
import { CommandError } from "./terminal.ts";
import type { UserPorts } from "./user-ports.ts";

/** Changes a user, and prints what the user has then. Throws a `CommandError` where it cannot be done. */
export const setUser = async (
  { name, change, json }: Extract<Command, { do: "set" }>,
  ports: UserPorts,
): Promise<void> => {
  checkProfiles(change.profiles, ports);
  const changed = await ports.users.change(name, changeUser(change));
  if (!changed) throw new CommandError(`there is no user called ${name}`);
  noteUnusedRoles(change.roles, ports);
  noteConfiguredFields(name, change, ports);
  const { user, isChanged } = changed;
  const outcome = isChanged ? "was changed, on every replica within a second" : "is like that already";
  ports.terminal.print(json ? JSON.stringify(decided(user)) : `${name} ${outcome}: ${inWords(user)}.`);
};

/** Throws a `CommandError` for a profile that there is not. */
export const checkProfiles = (profiles: readonly string[] = [], { configured }: UserPorts): void => {
  const unknown = profiles.find((profile) => !configured.profiles.includes(profile));
  if (unknown === undefined) return;
  throw new CommandError(
    `there is no profile called ${unknown}${suggestNames(unknown, configured.profiles)}`,
  );
};

/** Notes each role that opens nothing: it is probably misspelt. */
export const noteUnusedRoles = (roles: readonly string[] = [], { configured, terminal }: UserPorts): void => {
  for (const role of roles.filter((each) => !configured.roles.includes(each))) {
    const near = nearestName(role, configured.roles);
    const meant = near === undefined ? "" : ` Did you mean ${near}?`;
    terminal.complain(`Note: nothing in broker.yaml is for the role ${role}.${meant}`);
  }
};

// The next start applies the entry again.
const noteConfiguredFields = (
  name: string,
  { clear, roles, profiles, team, limits }: Extract<Command, { do: "set" }>["change"],
  { configured, terminal }: UserPorts,
): void => {
  const { fields = [] } = configured.users.find((user) => user.name === name) ?? {};
  const changed = {
    roles: roles !== undefined || clear.includes("role"),
    profiles: profiles !== undefined || clear.includes("profile"),
    team: team !== undefined || clear.includes("team"),
    limits: limits !== undefined || clear.some((what) => !["role", "profile", "team"].includes(what)),
  };
  for (const [field, isChanged] of Object.entries(changed)) {
    if (!isChanged || !fields.includes(field)) continue;
    terminal.complain(
      `Note: broker.yaml says the ${field} of ${name}, so the next start sets them as it says; change them there too.`,
    );
  }
};

const decided = ({ name, roles, profiles, team, limits }: NewUser) => ({
  name,
  roles,
  profiles: profiles ?? null,
  team: team ?? null,
  limits: writtenLimits(limits),
});

const inWords = ({ roles, profiles, team, limits }: NewUser): string => {
  const own = Object.entries(writtenLimits(limits)).map(([kind, rates]) => `${kind}=${rates}`);
  return [
    `roles ${roles.join(", ") || "none"}`,
    `profiles ${profiles ? profiles.join(", ") || "none" : "as they allow"}`,
    `team ${team ?? "none"}`,
    `own limits ${own.join(", ") || "none"}`,
  ].join("; ");
};
