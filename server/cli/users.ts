// The commands on users.
import type { TokenHasher } from "../auth/users/token-hash.ts";
import { newUserToken, type RandomBytes, type UserToken } from "../auth/users/user-token.ts";
import { type ListedUser, type NewToken, type Users, writtenLimits } from "../auth/users/users.ts";
import type { Command } from "./arguments.ts";
import { stateOf, usersTable } from "./table.ts";
import { CommandError, type Terminal } from "./terminal.ts";

export interface Desk {
  users: Users;
  hasher: TokenHasher;
  randomBytes: RandomBytes;
  /** Milliseconds since 1970. */
  now: number;
  /** Where users are kept, in words. */
  place: string;
  /** The names in broker.yaml. */
  configured: { profiles: readonly string[]; users: readonly string[] };
  terminal: Terminal;
}

type UserCommand = Exclude<Command, { do: "help" | "token" }>;

/** Does what was asked and prints the outcome. Throws a `CommandError` when it cannot be done. */
export const onUsers = async (command: UserCommand, desk: Desk): Promise<void> => {
  switch (command.do) {
    case "add":
      return add(command, desk);
    case "list":
      return list(command, desk);
    case "rotate":
      return rotate(command, desk);
    case "disable":
      await known(command.name, desk.users.disable(command.name, desk.now));
      return done(
        command,
        "disabled",
        "is disabled: refused and cut off by every replica within a second",
        desk,
      );
    case "enable":
      await known(command.name, desk.users.enable(command.name));
      return done(command, "active", "is active", desk);
    case "remove":
      await known(command.name, desk.users.remove(command.name));
      if (desk.configured.users.includes(command.name)) {
        desk.terminal.complain(
          `Note: broker.yaml names ${command.name}, so the next start creates the user again.`,
        );
      }
      return done(command, "removed", "is removed, with all tokens", desk);
  }
};

/** A token for `users:` in broker.yaml, kept nowhere. */
export const printToken = (randomBytes: RandomBytes, json: boolean, { print }: Terminal): void => {
  const { text } = newUserToken(randomBytes);
  print(json ? JSON.stringify({ token: text }) : text);
};

const add = async ({ user, json }: Extract<Command, { do: "add" }>, desk: Desk): Promise<void> => {
  const { profiles } = desk.configured;
  const unknown = user.profiles?.find((profile) => !profiles.includes(profile));
  if (unknown !== undefined) {
    throw new CommandError(`there is no profile called ${unknown}; there are ${profiles.join(", ")}`);
  }
  await noteOtherKeys(desk);
  const token = newUserToken(desk.randomBytes);
  if (!(await desk.users.add(user, stored(token, desk), desk.now))) {
    throw new CommandError(
      `there is a user called ${user.name} already; \`broker users rotate ${user.name}\` makes a new token`,
    );
  }
  handOver({ name: user.name, token: text(token) }, `${user.name} was added.`, json, desk);
};

const rotate = async (
  { name, overlapMs, json }: Extract<Command, { do: "rotate" }>,
  desk: Desk,
): Promise<void> => {
  await noteOtherKeys(desk);
  const token = newUserToken(desk.randomBytes);
  const othersEndAt = desk.now + overlapMs;
  await known(name, desk.users.rotate(name, stored(token, desk), desk.now, othersEndAt));
  const end = new Date(othersEndAt).toISOString();
  const others = overlapMs === 0 ? "no longer work" : `work until ${end}`;
  const said = { name, token: text(token), old_tokens_end_at: end };
  handOver(said, `${name} has a new token; the old ones ${others}.`, json, desk);
};

const text = (token: UserToken): string => token.text;

const stored = (token: UserToken, { hasher }: Desk): NewToken => ({
  prefix: token.prefix,
  ...hasher.hash(token),
});

const handOver = (
  said: { name: string; token: string },
  outcome: string,
  json: boolean,
  { terminal: { print, bold } }: Desk,
): void => {
  const words = [
    `${outcome} The token, which is shown this once:`,
    "",
    `  ${bold(said.token)}`,
    "",
    "It travels in the header: Authorization: Bearer TOKEN",
  ];
  print(json ? JSON.stringify(said) : words.join("\n"));
};

const list = async ({ json }: { json: boolean }, { users, now, place, terminal }: Desk): Promise<void> => {
  const all = await users.list();
  if (json) return terminal.print(JSON.stringify(all.map(described)));
  if (all.length === 0) return terminal.print(`There are no users in ${place}.`);
  const [heading = "", ...rows] = usersTable(all, now);
  terminal.print([terminal.bold(heading), ...rows].join("\n"));
};

const described = (user: ListedUser) => ({
  name: user.name,
  state: stateOf(user),
  roles: user.roles,
  profiles: user.profiles ?? null,
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
  { terminal }: Desk,
): void => terminal.print(json ? JSON.stringify({ name, state }) : `${name} ${words}.`);

const known = async (name: string, work: Promise<boolean>): Promise<void> => {
  if (!(await work)) throw new CommandError(`there is no user called ${name}`);
};

// The service may know a TOKEN_HASH_KEY that this shell does not: its tokens would be refused.
const noteOtherKeys = async ({ users, hasher, terminal }: Desk): Promise<void> => {
  const tokens = (await users.list()).flatMap((user) => user.tokens);
  const others = tokens.filter(({ keyId }) => keyId !== hasher.keyId).length;
  if (others === 0) return;
  terminal.complain(
    `Note: ${others} of ${tokens.length} tokens were made with another TOKEN_HASH_KEY. The new one works where the service has the key that is set here.`,
  );
};
