// Reads `broker sessions …`.
import { parseArgs } from "node:util";
import { userNameSchema } from "../auth/users/users.ts";
import { parseInput } from "../json/parse-input.ts";
import { suggestNames } from "../names.ts";
import { CommandError } from "./terminal.ts";

/** Whose sessions are meant. */
export type Whose = { of: "all" } | { of: "ids"; ids: readonly string[] } | { of: "user"; name: string };

export type SessionsCommand =
  | { do: "list"; user: string | undefined; ended: boolean; json: boolean }
  | { do: "end"; whose: Whose; json: boolean };

/** As many sessions as are named in one search. */
const MAX_IDS = 1000;

/** The words behind `sessions`. Throws a `CommandError` that says what was not understood. */
export const readSessionsCommand = (words: readonly string[]): SessionsCommand => {
  const { command, ids, all, ended, user, json } = parse(words);
  const name = user === undefined ? undefined : checkedName(user);
  switch (command) {
    case "list":
      if (ids.length > 0) throw misused("sessions list takes no names of sessions");
      if (all)
        throw misused("sessions list shows all that are open; --ended shows those that have ended too");
      return { do: "list", user: name, ended, json };
    case "end":
      if (ended) throw misused("--ended is for sessions list");
      return { do: "end", whose: whoseOf(ids, all, name), json };
    case undefined:
      throw misused("say what to do with sessions: list or end");
    default:
      throw misused(`there is no command sessions ${command}${suggestNames(command, ["list", "end"])}`);
  }
};

const whoseOf = (ids: readonly string[], all: boolean, name: string | undefined): Whose => {
  const ways = [ids.length > 0, all, name !== undefined].filter(Boolean).length;
  if (ways !== 1) throw misused("say which sessions are to end, in one way: ID…, --user NAME or --all");
  if (all) return { of: "all" };
  if (name !== undefined) return { of: "user", name };
  const wrong = ids.find((id) => !/^vs_[\w-]{1,64}$/.test(id));
  if (wrong !== undefined) throw misused(`${wrong} is no name of a session: it begins with vs_`);
  if (ids.length > MAX_IDS) throw misused(`at most ${MAX_IDS} sessions can be named at once`);
  return { of: "ids", ids: [...new Set(ids)] };
};

const checkedName = (name: string): string => {
  if (parseInput(userNameSchema, name).success) return name;
  throw misused(`--user: ${name} is no name of a user`);
};

const parse = (words: readonly string[]) => {
  try {
    const flag = { type: "boolean", default: false } as const;
    const options = { json: flag, all: flag, ended: flag, user: { type: "string" } } as const;
    const { values, positionals } = parseArgs({ args: [...words], options, allowPositionals: true });
    const [command, ...ids] = positionals;
    return { command, ids, ...values };
  } catch (error) {
    throw misused(error instanceof Error ? (error.message.split(". ", 1)[0] ?? "") : "");
  }
};

const misused = (message: string): CommandError => new CommandError(`${message} (see broker --help)`, 2);
