// Reads the operator's command line by the table of commands.
import { type ParseArgsOptionsConfig, parseArgs } from "node:util";
import type { z } from "zod";
import { rolesSchema } from "../auth/roles.ts";
import { teamSchema } from "../auth/team.ts";
import { clearable, type UserChange } from "../auth/users/user-change.ts";
import { type NewUser, userNameSchema } from "../auth/users/users.ts";
import { faultsOf } from "../json/input-errors.ts";
import { parseInput } from "../json/parse-input.ts";
import { suggestNames } from "../names.ts";
import { ownLimitsSchema } from "../rates.ts";
import { commands, flags } from "./commands.ts";
import { CommandError } from "./terminal.ts";

export type Command =
  | { do: "help" }
  | { do: "check"; file: string | undefined; json: boolean; secrets: boolean }
  | { do: "prices"; model: string | undefined; json: boolean }
  | { do: "add"; user: NewUser; json: boolean }
  | { do: "set"; name: string; change: UserChange; json: boolean }
  | { do: "rotate"; name: string; overlapMs: number; json: boolean }
  | { do: "disable" | "enable" | "remove"; name: string; json: boolean }
  | { do: "whois"; hash: string; json: boolean }
  | { do: "list" | "token"; json: boolean };

const subjects = [
  ...["init", "check", "doctor", "schema", "start", "demo", "emulator"],
  ...["users", "usage", "why", "prices", "audit", "secrets", "keys", "sessions", "reload"],
];

/** Reads a command line, without the program's name. Throws a `CommandError` that says what was not understood. */
export const readCommand = (words: readonly string[]): Command => {
  if (asksForHelp(words)) return { do: "help" };
  const [subject, ...rest] = words;
  switch (subject) {
    case undefined:
      throw misused("say what to do");
    case "check":
      return readCheck(rest);
    case "prices":
      return readPrices(rest);
    case "users":
      return readUsersCommand(rest);
    case "start":
    case "demo":
      throw misused(`${subject} takes no options; settings are in broker.yaml, .env and the environment`);
    default:
      throw misused(`there is no command ${subject}${suggestNames(subject, subjects)}`);
  }
};

export const asksForHelp = (words: readonly string[]): boolean =>
  words.includes("--help") || words.includes("-h") || words[0] === "help";

const readUsersCommand = ([name, ...rest]: readonly string[]): Command => {
  if (name === undefined) throw misused("say what to do with users");
  if (!isCommand(name)) {
    throw misused(`there is no command users ${name}${suggestNames(name, Object.keys(commands))}`);
  }
  switch (name) {
    case "add":
      return readAdd(rest);
    case "set":
      return readSet(rest);
    case "whois":
      return readWhois(rest);
    case "rotate":
      return readRotate(rest);
    case "disable":
    case "enable":
    case "remove":
      return { do: name, ...namedUser(parse(rest, flags)) };
    case "list":
    case "token": {
      const { json, positionals } = parse(rest, flags);
      if (positionals.length > 0) throw misused(`${name} takes no name`);
      return { do: name, json };
    }
  }
};

const isCommand = (name: string): name is keyof typeof commands => Object.hasOwn(commands, name);

const parse = <Options extends ParseArgsOptionsConfig>(words: readonly string[], options: Options) => {
  try {
    const { values, positionals } = parseArgs({ args: [...words], options, allowPositionals: true });
    return { ...values, positionals };
  } catch (error) {
    throw misused(error instanceof Error ? (error.message.split(". ", 1)[0] ?? "") : "");
  }
};

const readCheck = (words: readonly string[]): Command => {
  const { json, secrets, positionals } = parse(words, {
    ...flags,
    secrets: { type: "boolean", default: false },
  });
  const [file, more] = positionals;
  if (more !== undefined) throw misused(`one FILE is enough, ${more} is one too many`);
  return { do: "check", file, json, secrets };
};

const readPrices = (words: readonly string[]): Command => {
  const { json, positionals } = parse(words, flags);
  const [model, more] = positionals;
  if (more !== undefined) throw misused(`one MODEL is enough, ${more} is one too many`);
  return { do: "prices", model, json };
};

const readAdd = (words: readonly string[]): Command => {
  const { profile, role, team, limit, ...rest } = parse(words, { ...flags, ...commands.add.options });
  const { name, json } = namedUser(rest);
  const { roles = [], limits = {}, ...others } = decidedBy({ profile, role, team, limit });
  return { do: "add", user: { name, roles, limits, ...others }, json };
};

const readSet = (words: readonly string[]): Command => {
  const { profile, role, team, limit, clear, ...rest } = parse(words, { ...flags, ...commands.set.options });
  const { name, json } = namedUser(rest);
  if (team === undefined && [profile, role, limit, clear].every(({ length }) => length === 0)) {
    throw misused("say what to change: --profile, --role, --team, --limit or --clear");
  }
  const cleared = clear.map((what) => {
    const found = clearable.find((each) => each === what);
    if (!found) throw misused(`--clear: there is no ${what} to clear${suggestNames(what, clearable)}`);
    return found;
  });
  return { do: "set", name, change: { clear: cleared, ...decidedBy({ profile, role, team, limit }) }, json };
};

const decidedBy = ({
  profile,
  role,
  team,
  limit,
}: Record<"limit" | "profile" | "role", string[]> & { team: string | undefined }) => ({
  profiles: profile.length > 0 ? [...new Set(profile)] : undefined,
  roles: role.length > 0 ? checked("--role", rolesSchema, [...new Set(role)]) : undefined,
  team: team === undefined ? undefined : checked("--team", teamSchema, team),
  limits: limit.length > 0 ? limitsOf(limit) : undefined,
});

const readWhois = (words: readonly string[]): Command => {
  const { json, positionals } = parse(words, flags);
  const [hash, more] = positionals;
  if (hash === undefined) throw misused("a HASH is missing");
  if (more !== undefined) throw misused(`one HASH is enough, ${more} is one too many`);
  if (!/^[0-9a-f]{64}$/i.test(hash))
    throw misused("HASH: must be the 64 hexadecimal digits that OpenAI names");
  return { do: "whois", hash: hash.toLowerCase(), json };
};

const readRotate = (words: readonly string[]): Command => {
  const { overlap, ...rest } = parse(words, { ...flags, ...commands.rotate.options });
  return { do: "rotate", ...namedUser(rest), overlapMs: milliseconds(overlap) };
};

const namedUser = ({ positionals, json }: { positionals: string[]; json: boolean }) => {
  const [name, more] = positionals;
  if (name === undefined) throw misused("a NAME is missing");
  if (more !== undefined) throw misused(`one NAME is enough, ${more} is one too many`);
  return { name: checked("NAME", userNameSchema, name), json };
};

const limitsOf = (texts: readonly string[]): NewUser["limits"] => {
  const entries = texts.map((text): [string, string] => {
    const [kind = "", ...rates] = text.split("=");
    return [kind.trim(), rates.join("=").trim()];
  });
  if (new Set(entries.map(([kind]) => kind)).size < entries.length) {
    throw misused("--limit: each kind may be given once, with all of its rates");
  }
  return checked("--limit", ownLimitsSchema, Object.fromEntries(entries));
};

const UNITS = { s: 1000, m: 60_000, h: 3_600_000, d: 86_400_000 } as const;

const milliseconds = (text: string): number => {
  const [, count, unit] = /^(\d{1,5})([smhd])$/.exec(text) ?? [];
  if (count !== undefined) return Number(count) * UNITS[unit as keyof typeof UNITS];
  if (text === "0") return 0;
  throw misused("--overlap: must be 0, or a time such as 30m, 24h or 7d");
};

const checked = <T>(what: string, schema: z.ZodType<T>, input: unknown): T => {
  const parsed = parseInput(schema, input);
  if (parsed.success) return parsed.data;
  const [fault] = faultsOf(parsed.error.issues);
  const detail =
    fault?.kind === "unknown-name"
      ? `there is no kind ${fault.name}${suggestNames(fault.name, fault.known)}`
      : (fault?.detail ?? "is not valid");
  throw misused(`${what}: ${detail}`);
};

const misused = (message: string): CommandError => new CommandError(`${message} (see broker --help)`, 2);
