// Where the configuration comes from: broker.yaml, the environment, `.env`, and the stores of secrets that they refer to.
import { dirname, join } from "node:path";
import { systemClock, systemTimers } from "../clock.ts";
import { type Environment, readDocument } from "../config/document.ts";
import { withEnvFile } from "../config/env-file.ts";
import { type Config, parseConfig, secretsNeededBy } from "../config/load.ts";
import { findSettings, parseSettings } from "../config/load-settings.ts";
import { type StoreConfig, storeConfigOf, storeSettings } from "../config/load-store.ts";
import { ConfigError } from "../config/problems.ts";
import { readIfPresent } from "../config/read-file.fs.ts";
import type { SettingName } from "../config/settings.ts";
import type { Log } from "../observe/log.ts";
import { systemRandom } from "../random.ts";
import type { Sealing } from "../rotation/credential.ts";
import type { SecretsOptions } from "../secrets/options.ts";
import type { ReadSealingKeys } from "../secrets/sealed.jose.ts";
import { createSecrets, type FindSecret, type Secrets } from "../secrets/secrets.ts";
import { loadCatalog } from "../tools/catalog.fs.ts";
import { fetchAhead } from "./outgoing.ts";
import { sealingWith } from "./sealing.ts";
import { openSecretStores, type SecretPorts, sealingKeysOf } from "./secret-stores.ts";

/** A source that can be read again, when something has changed. */
export interface ConfigurationSource extends AsyncDisposable {
  /**
   * Reads file, environment and secrets anew. Waits for a store of secrets that does not answer yet, as long as `secrets:` says.
   * Throws `ConfigError` with all problems; what was read before is then still kept up to date.
   */
  read(signal: AbortSignal): Promise<Config>;
  /** Called when secrets have other values in their stores. Reading then gives them. */
  onSecretsChanged(listener: () => void): void;
  /** What else is read, whether it is there or not: broker.yaml and `.env`. */
  files(): readonly string[];
  /** Of each store of secrets, how long ago the value was read that has waited longest. */
  secretAges: Secrets["ages"];
  /** Seals what the service keeps itself, with the keys of the configuration that was read last. */
  sealing: Sealing;
}

export interface ConfigurationOptions {
  env: Environment;
  /** Whether `.env` beside broker.yaml is read, too: by the mains only. */
  hasEnvFile?: boolean;
  /** What broker.yaml would hold; without it, BROKER_CONFIG names the file. */
  document?: Readonly<Record<string, unknown>> | undefined;
  /** Whether to wait for stores of secrets that do not answer; by default as `secrets:` says. */
  waits?: boolean;
  log: Log;
  /** Other than the system's own, for tests. */
  ports?: Partial<Omit<SecretPorts, "log">>;
}

interface Opened {
  key: string;
  secrets: Secrets;
  readSealingKeys: ReadSealingKeys;
}

/** Nothing is read yet. */
export const openConfiguration = (options: ConfigurationOptions): ConfigurationSource => {
  const { env: environment, hasEnvFile = false, document: given, waits = true, log } = options;
  const ports = { ...systemPorts, ...options.ports, log };
  const listeners: (() => void)[] = [];
  let opened: Opened | undefined;
  // One after another: what is kept up to date is that of the last.
  let reading: Promise<unknown> = Promise.resolve();

  const readTexts = () => {
    const { env } = hasEnvFile ? withEnvFile(environment, readIfPresent) : { env: environment };
    const found = given ? { document: given } : readDocument(env, readIfPresent);
    return { env, ...{ path: undefined, digest: undefined }, ...found };
  };

  /** The stores that are open, unless their settings or the environment are others. */
  const openSecrets = (stores: SecretsOptions, section: unknown, env: Environment): Opened => {
    const key = JSON.stringify([section, Object.entries(env).sort()]);
    if (opened?.key === key) return opened;
    const folder = folderOf(given ? {} : env);
    const refreshMs = stores.refresh_seconds * 1000;
    const secrets = createSecrets({
      ...ports,
      refreshMs,
      stores: openSecretStores(stores, env, folder, { fetch: fetchAhead(env), ...ports }),
    });
    secrets.onChanged(() => {
      for (const listener of listeners) listener();
    });
    return { key, secrets, readSealingKeys: sealingKeysOf(stores, env, folder) };
  };

  const read = async (signal: AbortSignal): Promise<Config> => {
    const { env, document, path: file, digest } = readTexts();
    const toolsInCode = (await loadCatalog()).map(({ name }) => name);
    const parse = (secrets: FindSecret | "samples") =>
      parseConfig(document, env, { file, digest, toolsInCode, secrets });
    const { options: stores, problems, references: placed } = secretsNeededBy(document, env);
    const mistakes = mistakesIn(() => parse("samples"));
    if (!stores) throw mistakes ?? new ConfigError(problems);
    const references = placed.map(({ reference }) => reference);
    const next = openSecrets(stores, document.secrets, env);
    try {
      // Mistakes are told at once, with those of the stores that answer.
      const waitMs = mistakes || !waits ? 0 : stores.wait_seconds * 1000;
      const config = parse(await next.secrets.read(references, waitMs, signal));
      if (next !== opened) await opened?.secrets[Symbol.asyncDispose]();
      opened = next;
      next.secrets.keepOnly(references);
      return config;
    } catch (error) {
      if (next !== opened) await next.secrets[Symbol.asyncDispose]();
      throw error;
    }
  };

  return {
    read: (signal) => {
      const next = reading.then(() => read(signal));
      reading = next.catch(() => {});
      return next;
    },
    onSecretsChanged: (listener) => void listeners.push(listener),
    files: () => {
      if (given) return [];
      const file = environment.BROKER_CONFIG || "broker.yaml";
      return hasEnvFile ? [file, join(dirname(file), ".env")] : [file];
    },
    secretAges: () => opened?.secrets.ages() ?? [],
    sealing: sealingWith(async () => (opened ? opened.readSealingKeys() : [])),
    [Symbol.asyncDispose]: async () => {
      await reading;
      await opened?.secrets[Symbol.asyncDispose]();
    },
  };
};

/** The part that commands beside the running service need. Throws `ConfigError`. */
export const readStoreConfig = async (
  env: Environment,
  options: { withSalt: boolean },
): Promise<StoreConfig> => {
  const { document } = readDocument(env, readIfPresent);
  const { values, problems } = await readSomeSettings(storeSettings(options), document, env);
  if (problems.length > 0) throw new ConfigError(problems);
  return storeConfigOf(document, values);
};

/** Those settings, with only the secrets in them, and the problems of all. No store is waited for. */
export const readSomeSettings = async <Name extends SettingName>(
  names: readonly Name[],
  document: Record<string, unknown>,
  env: Environment,
): Promise<ReturnType<typeof parseSettings<Name>>> => {
  const texts = findSettings(names, document, env);
  const { references, options: stores, problems } = texts.needed;
  if (references.length === 0) return parseSettings(texts, "none");
  if (!stores) throw new ConfigError(problems);
  const ports = { ...systemPorts, fetch: fetchAhead(env), log: { write: () => {} } };
  const refreshMs = stores.refresh_seconds * 1000;
  await using secrets = createSecrets({
    ...ports,
    refreshMs,
    stores: openSecretStores(stores, env, folderOf(env), ports),
  });
  const found = await secrets.read(
    references.map(({ reference }) => reference),
    0,
    new AbortController().signal,
  );
  return parseSettings(texts, found);
};

const systemPorts = {
  clock: systemClock,
  timers: systemTimers,
  random: systemRandom.number,
};

const folderOf = (env: Environment): string => dirname(env.BROKER_CONFIG || "broker.yaml");

const mistakesIn = (parse: () => unknown): ConfigError | undefined => {
  try {
    parse();
    return undefined;
  } catch (error) {
    if (error instanceof ConfigError) return error;
    throw error;
  }
};
