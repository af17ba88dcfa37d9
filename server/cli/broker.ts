// `broker …`: reads the command, opens the store, runs the command, and explains a failure in one sentence.
import { randomBytes } from "node:crypto";
import { systemClock } from "../clock.ts";
import { commandAudit } from "../compose/command-audit.ts";
import { readStoreConfig } from "../compose/configuration.ts";
import { openStore } from "../compose/store.ts";
import { trustConfigured } from "../compose/trust.ts";
import { withEnvFile } from "../config/env-file.ts";
import { brokerFileJsonSchema } from "../config/json-schema.ts";
import type { Environment } from "../config/load.ts";
import { ConfigError } from "../config/problems.ts";
import { readIfPresent, readWithInput } from "../config/read-file.fs.ts";
import { redact } from "../observe/redact.ts";
import { describeDatabase } from "../store/database.ts";
import { loadCatalog } from "../tools/catalog.fs.ts";
import { asksForHelp, readCommand } from "./arguments.ts";
import { help } from "./help.ts";
import { init } from "./init.ts";
import { onSecrets } from "./secrets.ts";
import { CommandError, type Terminal } from "./terminal.ts";
import { harmless } from "./usage-words.ts";
import { onUsers, printToken } from "./users.ts";

/** Resolves to the exit code: 0 for success, 1 for a failure, 2 for a command that was not understood. */
export const broker = async (
  env: Environment,
  words: readonly string[],
  terminal: Terminal,
): Promise<0 | 1 | 2> => {
  try {
    return await run(env, words, terminal);
  } catch (error) {
    // It repeats words of the command and of others, which must not steer the terminal.
    terminal.complain(`broker: ${reasonOf(error).split("\n").map(harmless).join("\n")}`);
    return error instanceof CommandError ? error.exitCode : 1;
  }
};

const run = async (
  environment: Environment,
  words: readonly string[],
  terminal: Terminal,
): Promise<0 | 1> => {
  if (words[0] === "init") {
    const tools = (await loadCatalog()).map(({ name }) => name);
    await init(words.slice(1), { terminal, randomBytes, tools, schema: schemaText() });
    return 0;
  }
  if (words[0] === "schema") {
    if (words.length > 1) throw new CommandError("schema takes no words (see broker --help)", 2);
    terminal.print(schemaText().trimEnd());
    return 0;
  }
  if (isOfBooks(words)) {
    const { onBooks } = await import("./on-books.ts");
    return onBooks(withEnvFile(environment, readIfPresent).env, words, readIfPresent, terminal);
  }
  if (words[0] === "audit" && !asksForHelp(words)) {
    const { onAudit } = await import("./on-audit.ts");
    return onAudit(withEnvFile(environment, readIfPresent).env, words.slice(1), terminal);
  }
  if (words[0] === "keys" && !asksForHelp(words)) {
    const { onKeys } = await import("./on-keys.ts");
    return onKeys(withEnvFile(environment, readIfPresent).env, words.slice(1), terminal);
  }
  if (words[0] === "sessions" && !asksForHelp(words)) {
    const { onSessions } = await import("./on-sessions.ts");
    return onSessions(withEnvFile(environment, readIfPresent).env, words.slice(1), terminal);
  }
  if (words[0] === "doctor" && !asksForHelp(words)) {
    const { doctor } = await import("./doctor.ts");
    return doctor(withEnvFile(environment, readIfPresent).env, words.slice(1), terminal);
  }
  if (words[0] === "secrets" && !asksForHelp(words)) {
    const { env } = withEnvFile(environment, readIfPresent);
    const { checkSecrets, sealSecret } = await import("../compose/secret-check.ts");
    return onSecrets(words.slice(1), {
      ...{ terminal, randomBytes, now: systemClock.now, check: () => checkSecrets(env) },
      seal: (secret, keyFile) => sealSecret(secret, env, keyFile),
    });
  }
  if (words[0] === "reload" && !asksForHelp(words)) {
    const { onReload } = await import("./on-reload.ts");
    return onReload(withEnvFile(environment, readIfPresent).env, words.slice(1), terminal);
  }
  const command = readCommand(words);
  if (command.do === "help") terminal.print(help);
  if (command.do === "token") printToken(randomBytes, command.json, terminal);
  if (command.do === "help" || command.do === "token") return 0;
  const named = command.do === "check" && command.file !== undefined ? { BROKER_CONFIG: command.file } : {};
  const { env } = withEnvFile({ ...environment, ...named }, readIfPresent);
  if (command.do === "check") {
    // It loads the whole service, which the other commands do without.
    const { check } = await import("./check.ts");
    return check(env, command, terminal, readWithInput());
  }
  if (command.do === "prices") {
    const { showPrices } = await import("./prices.ts");
    showPrices(command, { env, readFile: readIfPresent, now: systemClock.now(), terminal });
    return 0;
  }
  trustConfigured(env);
  const { settings, ...configured } = await readStoreConfig(env, { withSalt: command.do === "whois" });
  const store = await openStore(settings, { write: () => {} });
  const { hasher, keptKey, close } = store;
  try {
    const audit = commandAudit(store, environment.SUDO_USER);
    const { users } = audit;
    const identifierSalt = async () => settings.safety_identifier_salt ?? keptKey("safety_identifier_salt");
    const ports = { users, hasher, randomBytes, identifierSalt, configured, terminal };
    const database = describeDatabase(settings.database_url);
    await onUsers(command, { ...ports, now: systemClock.now(), database });
    const failure = audit.failure();
    if (!failure) return 0;
    throw new CommandError(`it is done, but the audit trail does not say so: ${failure.message}`);
  } finally {
    await close();
  }
};

const isOfBooks = (words: readonly string[]): boolean =>
  (words[0] === "usage" || words[0] === "why") && !asksForHelp(words);

const schemaText = (): string => `${JSON.stringify(brokerFileJsonSchema(), null, 2)}\n`;

const reasonOf = (error: unknown): string => {
  if (error instanceof ConfigError) return error.problems.join("; ");
  return redact(error instanceof Error ? error.message : String(error));
};
