// Reads `broker keys …`.
import { parseArgs } from "node:util";
import { suggestNames } from "../names.ts";
import { CommandError } from "./terminal.ts";

export type KeysCommand =
  | { do: "list"; json: boolean }
  | { do: "check"; name: string | undefined; json: boolean }
  | { do: "rotate"; name: string; json: boolean };

/** The words behind `keys`. Throws a `CommandError` that says what was not understood. */
export const readKeysCommand = (words: readonly string[]): KeysCommand => {
  const { command, name, more, json } = parse(words);
  if (more !== undefined) throw misused(`one NAME is enough, ${more} is one too many`);
  switch (command) {
    case "list":
      if (name !== undefined) throw misused("keys list takes no name");
      return { do: "list", json };
    case "check":
      return { do: "check", name, json };
    case "rotate":
      if (name === undefined) throw misused("a NAME is missing");
      return { do: "rotate", name, json };
    case undefined:
      throw misused("say what to do with keys: list, check or rotate");
    default:
      throw misused(
        `there is no command keys ${command}${suggestNames(command, ["list", "check", "rotate"])}`,
      );
  }
};

const parse = (words: readonly string[]) => {
  try {
    const options = { json: { type: "boolean", default: false } } as const;
    const { values, positionals } = parseArgs({ args: [...words], options, allowPositionals: true });
    const [command, name, more] = positionals;
    return { command, name, more, json: values.json };
  } catch (error) {
    throw misused(error instanceof Error ? (error.message.split(". ", 1)[0] ?? "") : "");
  }
};

const misused = (message: string): CommandError => new CommandError(`${message} (see broker --help)`, 2);
