// Loads configuration from text, as the start does, for tests of what it accepts and says.
import { type Config, loadConfig } from "../../server/config/load.ts";
import { ConfigError } from "../../server/config/problems.ts";

type Environment = Record<string, string>;

/** The configuration that a text and an environment make. Throws `ConfigError`. */
export const configOf = (yaml: string, env: Environment = {}): Config => loadConfig(env, () => yaml);

/** What the start would complain of; empty when it would not. */
export const problemsIn = (yaml: string, env: Environment = {}): readonly string[] =>
  problemsOf(() => configOf(yaml, env));

/** The problems that some work throws. */
export const problemsOf = (work: () => unknown): readonly string[] => {
  try {
    work();
    return [];
  } catch (error) {
    if (error instanceof ConfigError) return error.problems;
    throw error;
  }
};

/** A broker.yaml with one profile, whose session is given as YAML in one line. */
export const withSession = (session: string): string => `profiles: { default: { session: ${session} } }`;
