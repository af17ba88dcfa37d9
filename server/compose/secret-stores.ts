// Opens the stores of secrets that `secrets:` in broker.yaml and the environment name.
import { resolve } from "node:path";
import type { Clock, Timers } from "../clock.ts";
import type { Environment } from "../config/load.ts";
import { parseInput } from "../json/parse-input.ts";
import { isLoopback } from "../net/address.ts";
import type { Log } from "../observe/log.ts";
import { Secret } from "../secret.ts";
import { awsSecrets } from "../secrets/aws.sdk.ts";
import { environmentSecrets } from "../secrets/environment.ts";
import { fileSecrets, readSecretFile } from "../secrets/file.fs.ts";
import type { SecretStores } from "../secrets/kept-secrets.ts";
import { type SecretsOptions, type StoreCredential, storeAddressSchema } from "../secrets/options.ts";
import { type ReadSealingKeys, sealedSecrets } from "../secrets/sealed.jose.ts";
import { readSealingKeys } from "../secrets/sealing-key.ts";
import { SecretError, type SecretStore } from "../secrets/store.ts";
import { vaultSecrets } from "../secrets/vault.ts";
import { vaultOver } from "../secrets/vault-api.fetch.ts";
import { type ReadCredential, vaultLogin } from "../secrets/vault-login.ts";
import { createVaultSession } from "../secrets/vault-session.ts";

export interface SecretPorts {
  clock: Pick<Clock, "monotonic">;
  timers: Pick<Timers, "after">;
  random(): number;
  fetch: typeof globalThis.fetch;
  log: Log;
}

/** Relative paths of files begin at `folder`. Nothing is opened before it is needed. */
export const openSecretStores = (
  options: SecretsOptions,
  env: Environment,
  folder: string,
  ports: SecretPorts,
): SecretStores => {
  const [environment, files] = [environmentSecrets(env), fileSecrets(folder)];
  const readCredential: ReadCredential = async (setting, credential, signal) => {
    if (credential instanceof Secret) return credential;
    const store = credential.store === "env" ? environment : files;
    try {
      const { text } = await store.read(credential.place, signal);
      if (text) return text;
      throw new SecretError("refused", "is empty");
    } catch (error) {
      if (!(error instanceof SecretError)) throw error;
      const name = `secrets.vault.${setting}: ${credential.store}:${credential.place}`;
      throw new SecretError(error.reason, `cannot be read: ${name} ${error.message}`, { cause: error });
    }
  };
  return {
    env: environment,
    file: files,
    vault: vaultStore(options, env, readCredential, ports),
    "aws-sm": awsSecrets(options.aws ?? {}, env),
    sealed: sealedSecrets(sealingKeysOf(options, env, folder)),
  };
};

/** The keys that seal and open: SECRETS_KEY, or those of `key_file`. */
export const sealingKeysOf = (
  { key_file: file }: SecretsOptions,
  { SECRETS_KEY: variable }: Environment,
  folder: string,
): ReadSealingKeys => {
  const keys = { variable, file: file === undefined ? undefined : resolve(folder, file) };
  return () => readSealingKeys(keys, async (path) => (await readSecretFile(path, { isPrivate: true })).text);
};

// As Vault's own programs call the variables.
const vaultStore = (
  { vault = {} }: SecretsOptions,
  env: Environment,
  readCredential: ReadCredential,
  { fetch, timers, random }: SecretPorts,
): SecretStore => {
  const given = vault.address ?? (env.VAULT_ADDR || undefined);
  if (given === undefined) {
    return unconfigured("cannot be read: set secrets.vault.address in broker.yaml, or VAULT_ADDR");
  }
  const address = parseInput(storeAddressSchema, given).data;
  if (address === undefined) {
    return unconfigured("cannot be read: VAULT_ADDR must be an http(s) address without credentials");
  }
  const hasLogin = vault.token ?? vault.approle ?? vault.kubernetes;
  const token: StoreCredential | undefined =
    hasLogin === undefined && env.VAULT_TOKEN ? new Secret(env.VAULT_TOKEN) : vault.token;
  // On this machine an agent may stand in front of Vault, which signs in by itself.
  if (!hasLogin && !token && !isOnThisMachine(new URL(address))) {
    return unconfigured(
      "cannot be read: set secrets.vault.token, approle or kubernetes in broker.yaml, or VAULT_TOKEN",
    );
  }
  const api = vaultOver({ address, namespace: vault.namespace ?? (env.VAULT_NAMESPACE || undefined) }, fetch);
  const login = vaultLogin(api, { ...vault, token }, readCredential);
  return vaultSecrets(api, createVaultSession(login, { timers, random }));
};

const unconfigured = (problem: string): SecretStore => ({
  changes: "never",
  read: async () => {
    throw new SecretError("refused", problem);
  },
  [Symbol.asyncDispose]: async () => {},
});

const isOnThisMachine = ({ hostname }: URL): boolean =>
  hostname === "localhost" || isLoopback(hostname.replaceAll(/[[\]]/g, ""));
