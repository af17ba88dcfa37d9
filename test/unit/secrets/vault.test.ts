// Vault: logins, tokens and leases that are kept alive, and what is said where it refuses.
import { expect, it } from "vitest";
import { Secret } from "../../../server/secret.ts";
import type { VaultOptions } from "../../../server/secrets/options.ts";
import { SecretError } from "../../../server/secrets/store.ts";
import { vaultSecrets } from "../../../server/secrets/vault.ts";
import { vaultOver } from "../../../server/secrets/vault-api.fetch.ts";
import { vaultLogin } from "../../../server/secrets/vault-login.ts";
import { createVaultSession } from "../../../server/secrets/vault-session.ts";
import { createTestTime } from "../../support/time.ts";
import { startVault } from "../../support/vault.ts";
import { until } from "../../support/wait.ts";

const setUp = async (options: VaultOptions, namespace?: string) => {
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

const token: VaultOptions = { token: new Secret("hvs.given") };
const approle: VaultOptions = {
  approle: { role_id: new Secret("role-1"), secret_id: new Secret("secret-1"), mount: "approle" },
};
const kubernetes: VaultOptions = {
  kubernetes: { role: "broker", token_file: "/var/run/token", mount: "kubernetes" },
};

it("both KV engines are read, wherever they are mounted, and the engine is asked for once", async () => {
  await using set = await setUp(token);
  set.vault.plain.set("team/app", { key: "old-1" });
  expect(await set.read("kv/broker", "openai")).toBe("sk-1");
  expect(await set.read("kv/broker", "port")).toBe("8200");
  expect(await set.read("kv/broker", "nested")).toBeUndefined();
  expect(await set.read("old/team/app", "key")).toBe("old-1");
  expect(set.vault.requests.filter(({ path }) => path.startsWith("sys/")).length).toBe(2);
});

it("a policy that does not let it ask for the engine is enough: then it is a versioned one", async () => {
  await using set = await setUp(token);
  set.vault.tellsMounts = false;
  expect(await set.read("kv/broker", "openai")).toBe("sk-1");
});

it("each request names the namespace, and says that it is no forged one", async () => {
  await using set = await setUp(token, "team-a");
  expect(await set.read("kv/broker", "openai")).toBe("sk-1");
  expect(set.vault.requests.every(({ namespace }) => namespace === "team-a")).toBe(true);
});

it.each([
  ["AppRole", approle],
  ["a pod's service account", kubernetes],
])("it signs in by %s once, and reads with the token that it gets", async (_, options) => {
  await using set = await setUp(options);
  expect(await Promise.all([set.read("kv/broker", "openai"), set.read("kv/broker", "port")])).toEqual([
    "sk-1",
    "8200",
  ]);
  expect(set.asked("/login")).toBe(1);
  expect(set.vault.requests.at(-1)?.token).toBe("hvs.login-1");
});

it("a token from a login is renewed before it ends, and before its maximum another one is made", async () => {
  await using set = await setUp(approle);
  set.vault.login = { ...set.vault.login, ttlSeconds: 100, maxSeconds: 200 };
  await set.read("kv/broker", "openai");
  await set.time.pass(60_000);
  await until("the token is renewed", () => set.asked("renew-self") === 1);
  await until("the next renewal is planned", () => set.time.pending() === 1);
  await set.time.pass(60_000);
  await until("it is renewed to less than half", () => set.asked("renew-self") === 2);
  await until("the next renewal is planned", () => set.time.pending() === 1);
  await set.time.pass(60_000);
  await until("there is another token", () => set.vault.tokens().includes("hvs.login-2"));
  expect(await set.read("kv/broker", "openai")).toBe("sk-1");
});

it("a token that was revoked before its time is replaced by another login", async () => {
  await using set = await setUp(kubernetes);
  await set.read("kv/broker", "openai");
  set.vault.revoke("hvs.login-1");
  expect(await set.read("kv/broker", "openai")).toBe("sk-1");
  expect(set.asked("/login")).toBe(2);
});

it("a path that the policy forbids costs no other login", async () => {
  await using set = await setUp(approle);
  set.vault.forbidden.add("broker");
  for (let times = 0; times < 3; times += 1) {
    expect((await set.fails("kv/broker")).message).toContain(
      "refuses read on kv/data/broker (403); give the token's policy",
    );
  }
  expect(set.asked("/login")).toBe(1);
});

it("a token in a file is read anew where the file has another, as Vault's agent writes it", async () => {
  await using set = await setUp({ token: { store: "file", place: "token", field: undefined } });
  set.files.token = "hvs.one";
  set.vault.addToken("hvs.one", 600);
  await set.read("kv/broker", "openai");
  set.vault.revoke("hvs.one");
  set.vault.addToken("hvs.two", 600);
  set.files.token = "hvs.two";
  expect(await set.read("kv/broker", "openai")).toBe("sk-1");
});

it("a given token is renewed where it may be, and otherwise said to have ended", async () => {
  await using set = await setUp(token);
  set.vault.addToken("hvs.given", 100, true);
  await set.read("kv/broker", "openai");
  await set.time.pass(60_000);
  await until("it is renewed", () => set.asked("renew-self") === 1);
  set.vault.revoke("hvs.given");
  const { message, reason } = await set.fails("kv/broker");
  expect(message).toContain("does not accept the token (403); it may have expired");
  expect(reason).toBe("refused");
});

it("credentials with a lease are renewed, but not with a token that has ended", async () => {
  await using set = await setUp(approle);
  const { signal } = new AbortController();
  const { fields, lease } = await set.store.read("database/creds/app", signal);
  expect([fields.get("username")?.reveal(), lease?.durationMs]).toEqual(["v-app-2", 3_600_000]);
  expect(await lease?.renew(signal)).toBe(3_600_000);
  set.vault.revoke("hvs.login-1");
  await set.read("kv/broker", "openai");
  await expect(lease?.renew(signal)).rejects.toThrow("was made with a token that has ended");
});

it.each([
  ["sealed", "down", "is sealed (503)"],
  ["limited", "down", "answers 429"],
  ["redirect", "refused", "redirects, which is not followed; set secrets.vault.address"],
  ["broken", "refused", "does not answer as Vault does; check secrets.vault.address"],
  ["huge", "refused", "does not answer as Vault does; check secrets.vault.address"],
] as const)("Vault that is %s is %s", async (trouble, reason, message) => {
  await using set = await setUp(token);
  set.vault.trouble = trouble;
  const error = await set.fails("kv/broker");
  expect([error.reason, error.message]).toEqual([reason, expect.stringContaining(message)]);
  expect(error.message).toContain(set.vault.url);
  set.vault.trouble = undefined;
  expect(await set.read("kv/broker", "openai")).toBe("sk-1");
});

it("a Vault that does not answer keeps no stop waiting", async () => {
  await using set = await setUp(token);
  await set.read("kv/broker", "openai");
  set.vault.trouble = "slow";
  const asked = set.vault.requests.length;
  const stopping = new AbortController();
  const reading = set.store.read("kv/broker", stopping.signal);
  await until("it is asked", () => set.vault.requests.length > asked);
  stopping.abort(new Error("the service stops"));
  await expect(reading).rejects.toThrow("the service stops");
});

it("a Vault that does not listen is down", async () => {
  await using set = await setUp(token);
  await set.vault[Symbol.asyncDispose]();
  const error = await set.fails("kv/broker");
  expect([error.reason, error.message]).toEqual([
    "down",
    expect.stringContaining("does not answer (ECONNREFUSED)"),
  ]);
});

it("a wrong login, a missing path and a deleted version are refused, each in its own words", async () => {
  await using set = await setUp(approle);
  set.vault.login.secretId = "another";
  expect((await set.fails("kv/broker")).message).toContain(
    "refuses the login at auth/approle (400); check secrets.vault",
  );
  set.vault.login.secretId = "secret-1";
  expect((await set.fails("kv/nothing")).message).toContain("has nothing for read on kv/data/nothing");
  set.vault.kv.set("gone", undefined);
  expect((await set.fails("kv/gone")).message).toBe("is not there: its newest version in Vault was deleted");
});
