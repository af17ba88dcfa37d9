// Reads and checks the configuration without opening anything: for the start, and for `broker check`.
import { systemClock } from "../clock.ts";
import { type Config, type Environment, loadConfig } from "../config/load.ts";
import { findRoleProblems } from "../config/name-check.ts";
import { ConfigError } from "../config/problems.ts";
import { readIfPresent } from "../config/read-file.fs.ts";
import { findWarnings } from "../config/warnings.ts";
import { loadCatalog } from "../tools/catalog.fs.ts";
import { findPolicyProblems } from "./policy.ts";

/** Throws `ConfigError` with all problems of file and settings, misspelt tools among them. */
export const readConfiguration = async (env: Environment): Promise<Config> =>
  loadConfig(
    env,
    readIfPresent,
    (await loadCatalog()).map(({ name }) => name),
  );

export interface CheckedConfiguration {
  /** The file that was read, or is missing; undefined where there is none. */
  file: string | undefined;
  problems: readonly string[];
  warnings: readonly string[];
}

/** What the start would complain of. The database is not asked, so users in it count as there. */
export const checkConfiguration = async (env: Environment): Promise<CheckedConfiguration> => {
  try {
    const config = await readConfiguration(env);
    const warnings = findWarnings(config, new Date(systemClock.now()).toISOString().slice(0, 10));
    return {
      file: config.file,
      problems: findPolicyProblems(config, await loadCatalog(), undefined),
      warnings: [...warnings, ...findRoleProblems(config), ...unaskedDatabase(config)],
    };
  } catch (error) {
    if (!(error instanceof ConfigError)) throw error;
    return { file: env.BROKER_CONFIG || undefined, problems: error.problems, warnings: [] };
  }
};

const unaskedDatabase = ({ callers, users }: Config): string[] => {
  const { guests, tokens, signers, issuers } = callers;
  const isOpen = guests !== "none" || [tokens, signers, issuers, users].some(({ length }) => length > 0);
  return isOpen
    ? []
    : [
        "callers: none are configured, so only users in the database may call, and whether there are any was not looked up",
      ];
};
