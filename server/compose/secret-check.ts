// Reads each secret of the configuration once, for `broker secrets check`, and finds the key for `broker secrets seal`.
import { dirname, resolve } from "node:path";
import { systemClock, systemTimers } from "../clock.ts";
import { type Environment, readDocument } from "../config/document.ts";
import { secretsNeededBy } from "../config/load.ts";
import { ConfigError } from "../config/problems.ts";
import { readIfPresent } from "../config/read-file.fs.ts";
import { systemRandom } from "../random.ts";
import { readSecretFile } from "../secrets/file.fs.ts";
import { describeReference, placeKey, type SecretReference, type StoreName } from "../secrets/reference.ts";
import { seal } from "../secrets/sealed.jose.ts";
import { readSealingKeys } from "../secrets/sealing-key.ts";
import { partOf, SecretError, type StoredSecret } from "../secrets/store.ts";
import { fetchAhead } from "./outgoing.ts";
import { openSecretStores } from "./secret-stores.ts";

export interface CheckedSecret {
  /** Where the reference stands, such as `upstream_keys[0].secret`. */
  at: string;
  store: StoreName;
  /** The reference, as it is written. */
  secret: string;
  /** Why it could not be read; undefined where it could. */
  problem: string | undefined;
  /** When it was last changed in its store, in milliseconds since 1970, where the store tells. */
  changedAt: number | undefined;
}

/** All at once, each place once, without waiting for a store that is down. Throws `ConfigError` where `secrets:` has mistakes. */
export const checkSecrets = async (env: Environment): Promise<CheckedSecret[]> => {
  const { document } = readDocument(env, readIfPresent);
  const { references, options, problems } = secretsNeededBy(document, env);
  if (!options) throw new ConfigError(problems);
  const stores = openSecretStores(options, env, folderOf(env), {
    ...{ clock: systemClock, timers: systemTimers, random: systemRandom.number, fetch: fetchAhead(env) },
    log: { write: () => {} },
  });
  const { signal } = new AbortController();
  const reading = new Map<string, Promise<StoredSecret>>();
  const read = (reference: SecretReference): Promise<StoredSecret> => {
    const key = placeKey(reference);
    const started = reading.get(key) ?? stores[reference.store].read(reference.place, signal);
    reading.set(key, started);
    return started;
  };
  try {
    return await Promise.all(
      references.map(async ({ at, reference }): Promise<CheckedSecret> => {
        const described = { at, store: reference.store, secret: describeReference(reference) };
        try {
          const stored = await read(reference);
          partOf(stored, reference.field);
          return { ...described, problem: undefined, changedAt: stored.changedAt };
        } catch (error) {
          if (!(error instanceof SecretError)) throw error;
          return { ...described, problem: error.message, changedAt: undefined };
        }
      }),
    );
  } finally {
    await Promise.all(Object.values(stores).map((store) => store[Symbol.asyncDispose]()));
  }
};

/** The text for broker.yaml. `keyFile` goes before SECRETS_KEY and broker.yaml. Throws a `SecretError` where there is no key. */
export const sealSecret = async (
  secret: string,
  env: Environment,
  keyFile: string | undefined,
): Promise<string> => {
  const configured = keyFile === undefined ? configuredKeyFile(env) : resolve(keyFile);
  const place = { variable: keyFile === undefined ? env.SECRETS_KEY : undefined, file: configured };
  const readPrivate = async (path: string) => (await readSecretFile(path, { isPrivate: true })).text;
  const [key] = await readSealingKeys(place, readPrivate);
  return `sealed:${await seal(secret, key)}`;
};

const configuredKeyFile = (env: Environment): string | undefined => {
  const { document } = readDocument(env, readIfPresent);
  const file = secretsNeededBy(document, env).options?.key_file;
  return file === undefined ? undefined : resolve(folderOf(env), file);
};

const folderOf = (env: Environment): string => dirname(env.BROKER_CONFIG || "broker.yaml");
