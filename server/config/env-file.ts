// `.env` beside broker.yaml: variables for a program that is started by hand.
import { dirname, join } from "node:path";
import { parseEnv } from "node:util";
import type { Environment, ReadFile } from "./load.ts";

export interface WithEnvFile {
  env: Environment;
  /** The file that was read; undefined where there is none. */
  envFile: string | undefined;
}

/** Adds the variables of `.env`. One that the environment has, be it empty, is not touched. Called by the mains only. */
export const withEnvFile = (env: Environment, readFile: ReadFile): WithEnvFile => {
  const path = join(dirname(env.BROKER_CONFIG || "broker.yaml"), ".env");
  const text = readFile(path);
  if (text === undefined) return { env, envFile: undefined };
  return { env: { ...parseEnv(text), ...env }, envFile: path };
};
