// Reads and checks the configuration: for the start, and for `broker check`, which opens no port, database or MCP server.
import { systemClock, systemTimers } from "../clock.ts";
import { type Environment, type ReadFile, readDocument } from "../config/document.ts";
import { type Config, parseConfig, secretsNeededBy } from "../config/load.ts";
import { findRoleProblems } from "../config/name-check.ts";
import { ConfigError } from "../config/problems.ts";
import { readIfPresent } from "../config/read-file.fs.ts";
import { findWarnings } from "../config/warnings.ts";
import { createDisposal, type Disposal } from "../disposal.ts";
import { systemRandom } from "../random.ts";
import { describeReference } from "../secrets/reference.ts";
import { loadCatalog } from "../tools/catalog.fs.ts";
import { openConfiguration } from "./configuration.ts";
import { openNetwork } from "./network.ts";
import { findPolicyProblems } from "./policy.ts";
import { createToolLoader } from "./tools.ts";
import { trustConfigured } from "./trust.ts";

export interface CheckedConfiguration {
  /** The file that was read, or is missing; undefined where there is none. */
  file: string | undefined;
  problems: readonly string[];
  warnings: readonly string[];
  /** References to secrets: where each stands, and to what it refers. */
  references: readonly { at: string; secret: string }[];
}

/**
 * What the start would complain of. The database is not asked, so users in it count as there. Secrets behind references are
 * read, without waiting for a store; or those that are well-formed count as right.
 */
export const checkConfiguration = async (
  env: Environment,
  secrets: "read" | "form",
  readFile: ReadFile = readIfPresent,
): Promise<CheckedConfiguration> => {
  try {
    await using opening = createDisposal();
    const { config, references } = await readTo(secrets, env, readFile, opening);
    // MCP servers are not connected: no start depends on them.
    const network = await openNetwork(config, { log: silent }, opening);
    trustConfigured(env, readFile);
    const { fetch } = network.outgoing;
    const loader = opening.use(createToolLoader({ ...toolPorts, fetch }));
    const tools = await loader.load({ ...config, mcp_servers: {} });
    const warnings = findWarnings(config, new Date(systemClock.now()).toISOString().slice(0, 10));
    return {
      file: config.file,
      problems: findPolicyProblems(config, tools, undefined, false),
      warnings: [...warnings, ...findRoleProblems(config), ...unaskedDatabase(config)],
      references,
    };
  } catch (error) {
    if (!(error instanceof ConfigError)) throw error;
    return { file: env.BROKER_CONFIG || undefined, problems: error.problems, warnings: [], references: [] };
  }
};

type References = CheckedConfiguration["references"];

const readTo = async (
  secrets: "read" | "form",
  env: Environment,
  readFile: ReadFile,
  opening: Disposal,
): Promise<{ config: Config; references: References }> => {
  const { path: file, document, digest } = readDocument(env, readFile);
  const references = secretsNeededBy(document, env).references.map(({ at, reference }) => ({
    at,
    secret: describeReference(reference),
  }));
  if (secrets === "read") {
    // Standard input cannot be read a second time.
    const given = file === "-" ? { document } : {};
    const source = opening.use(openConfiguration({ env, ...given, log: silent, waits: false }));
    return { config: await source.read(new AbortController().signal), references };
  }
  const toolsInCode = (await loadCatalog()).map(({ name }) => name);
  return {
    config: parseConfig(document, env, { file, digest, toolsInCode, secrets: "samples" }),
    references,
  };
};

const silent = { write: () => {} };
const toolPorts = { log: silent, timers: systemTimers, random: systemRandom.number };

const unaskedDatabase = ({ callers, users }: Config): string[] => {
  const { guests, tokens, signers, issuers } = callers;
  const isOpen = guests !== "none" || [tokens, signers, issuers, users].some(({ length }) => length > 0);
  return isOpen
    ? []
    : [
        "callers: none are configured, so only users in the database may call, and whether there are any was not looked up",
      ];
};
