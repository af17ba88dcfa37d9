// The commands of `broker users`, each on the store of users.
import { newUserToken, type RandomBytes, type UserToken } from "../auth/users/user-token.ts";
import { type ListedUser, type NewToken, writtenLimits } from "../auth/users/users.ts";
import type { Command } from "./arguments.ts";
import { checkProfiles, noteUnusedRoles, setUser } from "./set-user.ts";
import { stateOf, usersTable } from "./table.ts";
import { CommandError, type Terminal } from "./terminal.ts";
import type { UserPorts } from "./user-ports.ts";
import { whois } from "./whois.ts";

type UserCommand = Exclude<Command, { do: "check" | "help" | "prices" | "token" }>;

/** Runs the command and prints its outcome. Throws a `CommandError` where it cannot be done. */
export const onUsers = async (command: UserCommand, ports: UserPorts): Promise<void> => {
  switch (command.do) {
    case "add":
      return add(command, ports);
    case "set":
      return setUser(command, ports);
    case "whois":
      return whois(command, ports);
    case "list":
      return list(command, ports);
    case "rotate":
      return rotate(command, ports);
    case "disable":
      await checkFound(command.name, ports.users.disable(command.name, ports.now));
      return done(
        command,
        "disabled",
        "is disabled: refused and cut off by every replica within a second",
        ports,
      );
    case "enable":
      await checkFound(command.name, ports.users.enable(command.name));
      return done(command, "active", "is active", ports);
    case "remove":
      await checkFound(command.name, ports.users.remove(command.name));
      if (ports.configured.users.some(({ name }) => name === command.name)) {
        ports.terminal.complain(
          `Note: broker.yaml names ${command.name}, so the next start creates the user again.`,
        );
      }
      return done(command, "removed", "is removed, with all tokens", ports);
  }
};

/** Prints a token for `users:` in broker.yaml; the database does not learn of it. */
export const printToken = (randomBytes: RandomBytes, json: boolean, { print }: Terminal): void => {
  const { text } = newUserToken(randomBytes);
  print(json ? JSON.stringify({ token: text }) : text);
};

const add = async ({ user, json }: Extract<Command, { do: "add" }>, ports: UserPorts): Promise<void> => {
  checkProfiles(user.profiles, ports);
  await noteOtherKeys(ports);
  const token = newUserToken(ports.randomBytes);
  if (!(await ports.users.add(user, stored(token, ports), ports.now))) {
    throw new CommandError(
      `there is a user called ${user.name} already; \`broker users rotate ${user.name}\` makes a new token`,
    );
  }
  noteUnusedRoles(user.roles, ports);
  handOver({ name: user.name, token: text(token) }, `${user.name} was added.`, json, ports);
};

const rotate = async (
  { name, overlapMs, json }: Extract<Command, { do: "rotate" }>,
  ports: UserPorts,
): Promise<void> => {
  await noteOtherKeys(ports);
  const token = newUserToken(ports.randomBytes);
  const othersEndAt = ports.now + overlapMs;
  const before = (await ports.users.list()).find((user) => user.name === name);
  await checkFound(name, ports.users.rotate(name, stored(token, ports), ports.now, othersEndAt));
  const hadTokens = before?.tokens.some(({ expiresAt = Number.POSITIVE_INFINITY }) => expiresAt > ports.now);
  const end = hadTokens ? new Date(othersEndAt).toISOString() : null;
  const others = overlapMs === 0 ? "no longer work" : `work until ${end}`;
  const outcome = hadTokens
    ? `${name} has a new token; the old ones ${others}.`
    : `${name} has a token now; there was none that works.`;
  handOver({ name, token: text(token), old_tokens_end_at: end }, outcome, json, ports);
};

const text = (token: UserToken): string => token.text;

const stored = (token: UserToken, { hasher }: UserPorts): NewToken => ({
  prefix: token.prefix,
  ...hasher.hash(token),
});

const handOver = (
  answer: { name: string; token: string; old_tokens_end_at?: string | null },
  outcome: string,
  json: boolean,
  { terminal: { print, bold } }: UserPorts,
): void => {
  const words = [
    `${outcome} The token, which is shown this once:`,
    "",
    `  ${bold(answer.token)}`,
    "",
    "It travels in the header: Authorization: Bearer TOKEN",
  ];
  print(json ? JSON.stringify(answer) : words.join("\n"));
};

const list = async (
  { json }: { json: boolean },
  { users, now, database, terminal }: UserPorts,
): Promise<void> => {
  const all = await users.list();
  if (json) return terminal.print(JSON.stringify(all.map(described)));
  if (all.length === 0) return terminal.print(`There are no users in ${database}.`);
  const [heading = "", ...rows] = usersTable(all, now);
  terminal.print([terminal.bold(heading), ...rows].join("\n"));
};

const described = (user: ListedUser) => ({
  name: user.name,
  state: stateOf(user),
  roles: user.roles,
  profiles: user.profiles ?? null,
  team: user.team ?? null,
  limits: writtenLimits(user.limits),
  created_at: moment(user.createdAt),
  last_used_at: moment(user.lastUsedAt),
  disabled_at: moment(user.disabledAt),
  tokens: user.tokens.map(({ prefix, expiresAt }) => ({ prefix, expires_at: moment(expiresAt) })),
});

const moment = (ms: number | undefined): string | null =>
  ms === undefined ? null : new Date(ms).toISOString();

const done = (
  { name, json }: { name: string; json: boolean },
  state: string,
  words: string,
  { terminal }: UserPorts,
): void => terminal.print(json ? JSON.stringify({ name, state }) : `${name} ${words}.`);

const checkFound = async (name: string, work: Promise<boolean>): Promise<void> => {
  if (!(await work)) throw new CommandError(`there is no user called ${name}`);
};

// A token made with another TOKEN_HASH_KEY than the service has would be refused there.
const noteOtherKeys = async ({ users, hasher, terminal }: UserPorts): Promise<void> => {
  const tokens = (await users.list()).flatMap((user) => user.tokens);
  const others = tokens.filter(({ keyId }) => keyId !== hasher.keyId).length;
  if (others === 0) return;
  terminal.complain(
    `Note: ${others} of ${tokens.length} tokens were made with another TOKEN_HASH_KEY. The new one works where the service has the key that is set here.`,
  );
};
