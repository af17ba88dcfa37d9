// Where the configuration of a process comes from: its environment, `.env`, broker.yaml, and what that refers to.
import { dirname, join, resolve } from "node:path";
import type { Timers } from "../clock.ts";
import { withEnvFile } from "../config/env-file.ts";
import type { Config, Environment } from "../config/load.ts";
import { readIfPresent } from "../config/read-file.fs.ts";
import { readConfiguration } from "./check.ts";
import { watchFiles } from "./watch-files.fs.ts";

export interface ReadConfiguration {
  config: Config;
  /** The `.env` that was read; undefined where there is none. */
  envFile: string | undefined;
}

export const configurationSource = (environment: Environment) => ({
  /** Throws `ConfigError` with all problems. */
  read: async (): Promise<ReadConfiguration> => {
    const { env, envFile } = withEnvFile(environment, readIfPresent);
    return { config: await readConfiguration(env), envFile };
  },
  /** Tells when a file has changed that the configuration in force was read from. */
  watch: (inForce: () => Config, timers: Pick<Timers, "after">, onChange: () => void): Disposable =>
    watchFiles({
      files: () => filesOf(environment, inForce()),
      isWanted: () => inForce().settings.reload === "watch",
      ...{ timers, onChange },
    }),
});

const filesOf = (environment: Environment, { openapi }: Config): readonly string[] => {
  const file = environment.BROKER_CONFIG || "broker.yaml";
  const folder = resolve(dirname(file));
  const descriptions = openapi.map(({ document }) => document).filter((place) => !/^https?:/.test(place));
  return [file, join(folder, ".env"), ...descriptions.map((place) => resolve(folder, place))];
};
