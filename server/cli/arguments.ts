// Reads the operator's command line by the table of commands.
import { type ParseArgsOptionsConfig, parseArgs } from "node:util";
import { rolesSchema } from "../auth/roles.ts";
import { type NewUser, userNameSchema } from "../auth/users/users.ts";
import { ownLimitsSchema } from "../rates.ts";
import { commands, flags } from "./commands.ts";
import { CommandError } from "./terminal.ts";

export type Command =
  | { do: "help" }
  | { do: "add"; user: NewUser; json: boolean }
  | { do: "rotate"; name: string; overlapMs: number; json: boolean }
  | { do: "disable" | "enable" | "remove"; name: string; json: boolean }
  | { do: "list" | "token"; json: boolean };

/** Reads a command line, without the program's name. Throws a `CommandError` that says what was not understood. */
export const readCommand = (words: readonly string[]): Command => {
  if (words.includes("--help") || words.includes("-h") || words[0] === "help") return { do: "help" };
  const [subject, name, ...rest] = words;
  if (subject === undefined) throw misused("say what to do");
  if (subject !== "users") throw misused(`there is no command ${subject}`);
  if (name === undefined) throw misused("say what to do with users");
  if (!isCommand(name)) throw misused(`there is no command users ${name}`);
  switch (name) {
    case "add":
      return readAdd(rest);
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

const readAdd = (words: readonly string[]): Command => {
  const { profile, role, limit, ...rest } = parse(words, { ...flags, ...commands.add.options });
  const { name, json } = namedUser(rest);
  const profiles = profile.length > 0 ? [...new Set(profile)] : undefined;
  const roles = checked("--role", rolesSchema.safeParse([...new Set(role)]));
  return { do: "add", user: { name, roles, profiles, limits: limitsOf(limit) }, json };
};

const readRotate = (words: readonly string[]): Command => {
  const { overlap, ...rest } = parse(words, { ...flags, ...commands.rotate.options });
  return { do: "rotate", ...namedUser(rest), overlapMs: milliseconds(overlap) };
};

const namedUser = ({ positionals, json }: { positionals: string[]; json: boolean }) => {
  const [name, more] = positionals;
  if (name === undefined) throw misused("a NAME is missing");
  if (more !== undefined) throw misused(`one NAME is enough, ${more} is one too many`);
  return { name: checked("NAME", userNameSchema.safeParse(name)), json };
};

const limitsOf = (texts: readonly string[]): NewUser["limits"] => {
  const entries = texts.map((text): [string, string] => {
    const [kind = "", ...rates] = text.split("=");
    return [kind.trim(), rates.join("=").trim()];
  });
  if (new Set(entries.map(([kind]) => kind)).size < entries.length) {
    throw misused("--limit: each kind may be given once, with all of its rates");
  }
  return checked("--limit", ownLimitsSchema.safeParse(Object.fromEntries(entries)));
};

const UNITS = { s: 1000, m: 60_000, h: 3_600_000, d: 86_400_000 } as const;

const milliseconds = (text: string): number => {
  const [, count, unit] = /^(\d{1,5})([smhd])$/.exec(text) ?? [];
  if (count !== undefined) return Number(count) * UNITS[unit as keyof typeof UNITS];
  if (text === "0") return 0;
  throw misused("--overlap: must be 0, or a time such as 30m, 24h or 7d");
};

type Parsed<T> = { success: true; data: T } | { success: false; error: { issues: { message: string }[] } };

const checked = <T>(what: string, parsed: Parsed<T>): T => {
  if (parsed.success) return parsed.data;
  throw misused(`${what}: ${parsed.error.issues[0]?.message ?? "is not valid"}`);
};

const misused = (message: string): CommandError => new CommandError(`${message} (see broker --help)`, 2);
