// `broker …`: reads the command, opens the store, runs the command, and explains a failure in one sentence.
import { randomBytes } from "node:crypto";
import { systemClock } from "../clock.ts";
import { openStore } from "../compose/store.ts";
import type { Environment } from "../config/load.ts";
import { loadStoreConfig } from "../config/load-store.ts";
import { ConfigError } from "../config/problems.ts";
import { readIfPresent } from "../config/read-file.fs.ts";
import { redact } from "../observe/redact.ts";
import { describeDatabase } from "../store/database.ts";
import { loadCatalog } from "../tools/catalog.fs.ts";
import { readCommand } from "./arguments.ts";
import { help } from "./help.ts";
import { init } from "./init.ts";
import { CommandError, type Terminal } from "./terminal.ts";
import { onUsers, printToken } from "./users.ts";

/** Resolves to the exit code: 0 for success, 1 for a failure, 2 for a command that was not understood. */
export const broker = async (
  env: Environment,
  words: readonly string[],
  terminal: Terminal,
): Promise<0 | 1 | 2> => {
  try {
    await run(env, words, terminal);
    return 0;
  } catch (error) {
    terminal.complain(`broker: ${reasonOf(error)}`);
    return error instanceof CommandError ? error.exitCode : 1;
  }
};

const run = async (env: Environment, words: readonly string[], terminal: Terminal): Promise<void> => {
  if (words[0] === "init") {
    const tools = (await loadCatalog()).map(({ name }) => name);
    return init(words.slice(1), { terminal, randomBytes, tools });
  }
  const command = readCommand(words);
  if (command.do === "help") return terminal.print(help);
  if (command.do === "token") return printToken(randomBytes, command.json, terminal);
  const { settings, ...configured } = loadStoreConfig(env, readIfPresent);
  const { users, hasher, close } = await openStore(settings, { write: () => {} });
  const now = systemClock.now();
  const database = describeDatabase(settings.database_url);
  try {
    await onUsers(command, { users, hasher, randomBytes, now, database, configured, terminal });
  } finally {
    await close();
  }
};

const reasonOf = (error: unknown): string => {
  if (error instanceof ConfigError) return error.problems.join("; ");
  return redact(error instanceof Error ? error.message : String(error));
};
