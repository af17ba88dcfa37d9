// Reads and checks the configuration: for the start, and for `broker check`, which opens no port, database or MCP server.
import { systemClock, systemTimers } from "../clock.ts";
import { type Config, type Environment, loadConfig } from "../config/load.ts";
import { findRoleProblems } from "../config/name-check.ts";
import { ConfigError } from "../config/problems.ts";
import { readIfPresent } from "../config/read-file.fs.ts";
import { findWarnings } from "../config/warnings.ts";
import { createDisposal } from "../disposal.ts";
import { systemRandom } from "../random.ts";
import { loadCatalog } from "../tools/catalog.fs.ts";
import { findPolicyProblems } from "./policy.ts";
import { createToolLoader } from "./tools.ts";

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
    await using opening = createDisposal();
    const config = await readConfiguration(env);
    // MCP servers are not connected: no start depends on them.
    const loader = opening.use(createToolLoader(toolPorts));
    const tools = await loader.load({ ...config, mcp_servers: {} });
    const warnings = findWarnings(config, new Date(systemClock.now()).toISOString().slice(0, 10));
    return {
      file: config.file,
      problems: findPolicyProblems(config, tools, undefined, false),
      warnings: [...warnings, ...findRoleProblems(config), ...unaskedDatabase(config)],
    };
  } catch (error) {
    if (!(error instanceof ConfigError)) throw error;
    return { file: env.BROKER_CONFIG || undefined, problems: error.problems, warnings: [] };
  }
};

const toolPorts = {
  log: { write: () => {} },
  timers: systemTimers,
  random: systemRandom.number,
  fetch: globalThis.fetch,
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
