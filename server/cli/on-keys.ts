// The commands of upstream keys: they read the configuration and open the database, beside the running service.
import { openKeyCommands } from "../compose/key-commands.ts";
import type { Environment } from "../config/load.ts";
import { checkKeys, rotateKey } from "./keys.ts";
import { readKeysCommand } from "./keys-arguments.ts";
import { listKeys } from "./keys-list.ts";
import type { Terminal } from "./terminal.ts";

/** Runs `keys …`. Resolves to the exit code. Throws a `CommandError` where it was not understood, or cannot be done. */
export const onKeys = async (
  env: Environment,
  words: readonly string[],
  terminal: Terminal,
): Promise<0 | 1> => {
  // The words are read first: what is misspelt opens no database.
  const command = readKeysCommand(words);
  await using commands = await openKeyCommands(env, env.SUDO_USER);
  switch (command.do) {
    case "list":
      await listKeys(command, commands, terminal);
      return 0;
    case "check":
      return await checkKeys(command, commands, terminal);
    case "rotate":
      return await rotateKey(command, commands, terminal);
  }
};
