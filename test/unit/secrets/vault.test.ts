// Secrets in Vault: its engines, credentials with leases, and what is said where it refuses.
import { expect, it } from "vitest";
import { approle, token, vaultStore } from "../../support/vault-store.ts";
import { until } from "../../support/wait.ts";

it("both KV engines are read, wherever they are mounted, and the engine is asked for once", async () => {
  await using set = await vaultStore(token);
  set.vault.plain.set("team/app", { key: "old-1" });
  expect(await set.read("kv/broker", "openai")).toBe("sk-1");
  expect(await set.read("kv/broker", "port")).toBe("8200");
  expect(await set.read("kv/broker", "nested")).toBeUndefined();
  expect(await set.read("old/team/app", "key")).toBe("old-1");
  expect(set.vault.requests.filter(({ path }) => path.startsWith("sys/")).length).toBe(2);
});

it("a policy that does not let it ask for the engine is enough: then it is a versioned one", async () => {
  await using set = await vaultStore(token);
  set.vault.tellsMounts = false;
  expect(await set.read("kv/broker", "openai")).toBe("sk-1");
});

it("each request names the namespace, and says that it is no forged one", async () => {
  await using set = await vaultStore(token, "team-a");
  expect(await set.read("kv/broker", "openai")).toBe("sk-1");
  expect(set.vault.requests.every(({ namespace }) => namespace === "team-a")).toBe(true);
});

it("credentials with a lease are renewed, but not with a token that has ended", async () => {
  await using set = await vaultStore(approle);
  const { signal } = new AbortController();
  const { fields, lease } = await set.store.read("database/creds/app", signal);
  expect([fields.get("username")?.reveal(), lease?.durationMs]).toEqual(["v-app-2", 3_600_000]);
  expect(await lease?.renew(signal)).toBe(3_600_000);
  set.vault.tokens.delete("hvs.login-1");
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
  await using set = await vaultStore(token);
  set.vault.trouble = trouble;
  const error = await set.fails("kv/broker");
  expect([error.reason, error.message]).toEqual([reason, expect.stringContaining(message)]);
  expect(error.message).toContain(set.vault.url);
  set.vault.trouble = undefined;
  expect(await set.read("kv/broker", "openai")).toBe("sk-1");
});

it("a Vault that does not answer keeps no stop waiting", async () => {
  await using set = await vaultStore(token);
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
  await using set = await vaultStore(token);
  await set.vault[Symbol.asyncDispose]();
  const error = await set.fails("kv/broker");
  expect([error.reason, error.message]).toEqual([
    "down",
    expect.stringContaining("does not answer (ECONNREFUSED)"),
  ]);
});

it("a wrong login, a missing path and a deleted version are refused, each in its own words", async () => {
  await using set = await vaultStore(approle);
  set.vault.login.secretId = "another";
  expect((await set.fails("kv/broker")).message).toContain(
    "refuses the login at auth/approle (400); check secrets.vault",
  );
  set.vault.login.secretId = "secret-1";
  expect((await set.fails("kv/nothing")).message).toContain("has nothing for read on kv/data/nothing");
  set.vault.kv.set("gone", undefined);
  expect((await set.fails("kv/gone")).message).toBe("is not there: its newest version in Vault was deleted");
});
