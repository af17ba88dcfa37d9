// A store over a Vault that stands in for the real one, with a login of the test's choice.
import { expect } from "vitest";
import { Secret } from "../../server/secret.ts";
import type { VaultOptions } from "../../server/secrets/options.ts";
import { SecretError } from "../../server/secrets/store.ts";
import { vaultSecrets } from "../../server/secrets/vault.ts";
import { vaultOver } from "../../server/secrets/vault-api.fetch.ts";
import { vaultLogin } from "../../server/secrets/vault-login.ts";
import { createVaultSession } from "../../server/secrets/vault-session.ts";
import { createTestTime } from "./time.ts";
import { startVault } from "./vault.ts";

/** The token `hvs.given` is valid; `kv/broker` has `openai: sk-1`. Use with `await using`. */
export const vaultStore = async (options: VaultOptions, namespace?: string) => {
  const time = createTestTime();
  const vault = await startVault(time.clock.now);
  vault.addToken("hvs.given", 0);
  vault.kv.set("broker", { openai: "sk-1", port: 8200, nested: {} });
  vault.namespace = namespace;
  // What `secrets:` refers to, by the setting; others are given as they are.
  const files: Record<string, string> = { "kubernetes.token_file": "jwt-1" };
  const api = vaultOver({ address: vault.url, namespace }, fetch);
  const login = vaultLogin(api, options, async (setting, credential) =>
    credential instanceof Secret ? credential : new Secret(files[setting] ?? expect.fail(setting)),
  );
  const session = createVaultSession(login, { timers: time.timers, random: () => 0 });
  const store = vaultSecrets(api, session);
  const { signal } = new AbortController();
  return {
    ...{ vault, time, store, files },
    read: async (path: string, field: string) => (await store.read(path, signal)).fields.get(field)?.reveal(),
    fails: async (path: string): Promise<SecretError> => {
      const error = await store.read(path, signal).then(
        () => expect.fail("it was read"),
        (thrown: unknown) => thrown,
      );
      return error instanceof SecretError ? error : expect.fail(String(error));
    },
    asked: (end: string) => vault.requests.filter(({ path }) => path.endsWith(end)).length,
    [Symbol.asyncDispose]: async () => {
      await store[Symbol.asyncDispose]();
      await vault[Symbol.asyncDispose]();
    },
  };
};

export const token: VaultOptions = { token: new Secret("hvs.given") };
export const approle: VaultOptions = {
  approle: { role_id: new Secret("role-1"), secret_id: new Secret("secret-1"), mount: "approle" },
};
export const kubernetes: VaultOptions = {
  kubernetes: { role: "broker", token_file: "/var/run/token", mount: "kubernetes" },
};
