// `.env` beside broker.yaml: variables for a program that is started by hand.
import { dirname, join } from "node:path";
import { parseEnv } from "node:util";
import type { Environment, ReadFile } from "./load.ts";
import { ConfigError } from "./problems.ts";

export interface WithEnvFile {
  env: Environment;
  /** The file that was read; undefined where there is none. */
  envFile: string | undefined;
}

/**
 * Adds the variables of `.env`. One that the environment has, be it empty, is not touched. Called by the mains only. Throws a
 * `ConfigError` for a file that is not UTF-8.
 */
export const withEnvFile = (env: Environment, readFile: ReadFile): WithEnvFile => {
  const path = join(dirname(env.BROKER_CONFIG || "broker.yaml"), ".env");
  const text = readFile(path);
  if (text === undefined) return { env, envFile: undefined };
  // UTF-16, as older PowerShells write it. None of its lines would be understood, and none would be complained of.
  if (text.includes("\0")) throw new ConfigError([`${path}: must be UTF-8 text; save it as UTF-8`]);
  const withoutMark = text.replace(/^\uFEFF/, "");
  return { env: { ...parseEnv(withoutMark), ...env }, envFile: path };
};
