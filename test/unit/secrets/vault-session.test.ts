// Logins to Vault, and tokens that are kept alive.
import { expect, it } from "vitest";
import { approle, kubernetes, token, vaultStore } from "../../support/vault-store.ts";
import { until } from "../../support/wait.ts";

it.each([
  ["AppRole", approle],
  ["a pod's service account", kubernetes],
])("it signs in by %s once, and reads with the token that it gets", async (_, options) => {
  await using set = await vaultStore(options);
  expect(await Promise.all([set.read("kv/broker", "openai"), set.read("kv/broker", "port")])).toEqual([
    "sk-1",
    "8200",
  ]);
  expect(set.asked("/login")).toBe(1);
  expect(set.vault.requests.at(-1)?.token).toBe("hvs.login-1");
});

it("a token from a login is renewed before it ends, and before its maximum another one is made", async () => {
  await using set = await vaultStore(approle);
  set.vault.login = { ...set.vault.login, ttlSeconds: 100, maxSeconds: 200 };
  await set.read("kv/broker", "openai");
  await set.time.pass(60_000);
  await until("the token is renewed", () => set.asked("renew-self") === 1);
  await until("the next renewal is planned", () => set.time.pending() === 1);
  await set.time.pass(60_000);
  await until("it is renewed to less than half", () => set.asked("renew-self") === 2);
  await until("the next renewal is planned", () => set.time.pending() === 1);
  await set.time.pass(60_000);
  await until("there is another token", () => set.vault.tokens.has("hvs.login-2"));
  expect(await set.read("kv/broker", "openai")).toBe("sk-1");
});

it("a token that was revoked before its time is replaced by another login", async () => {
  await using set = await vaultStore(kubernetes);
  await set.read("kv/broker", "openai");
  set.vault.tokens.delete("hvs.login-1");
  expect(await set.read("kv/broker", "openai")).toBe("sk-1");
  expect(set.asked("/login")).toBe(2);
});

it("a path that the policy forbids costs no other login", async () => {
  await using set = await vaultStore(approle);
  set.vault.forbidden.add("broker");
  for (let times = 0; times < 3; times += 1) {
    expect((await set.fails("kv/broker")).message).toContain(
      "refuses read on kv/data/broker (403); give the token's policy",
    );
  }
  expect(set.asked("/login")).toBe(1);
});

it("a token in a file is read anew where the file has another, as Vault's agent writes it", async () => {
  await using set = await vaultStore({ token: { store: "file", place: "token", field: undefined } });
  set.files.token = "hvs.one";
  set.vault.addToken("hvs.one", 600);
  await set.read("kv/broker", "openai");
  set.vault.tokens.delete("hvs.one");
  set.vault.addToken("hvs.two", 600);
  set.files.token = "hvs.two";
  expect(await set.read("kv/broker", "openai")).toBe("sk-1");
});

it("a given token is renewed where it may be, and otherwise said to have ended", async () => {
  await using set = await vaultStore(token);
  set.vault.addToken("hvs.given", 100, true);
  await set.read("kv/broker", "openai");
  await set.time.pass(60_000);
  await until("it is renewed", () => set.asked("renew-self") === 1);
  set.vault.tokens.delete("hvs.given");
  const { message, reason } = await set.fails("kv/broker");
  expect(message).toContain("does not accept the token (403); it may have expired");
  expect(reason).toBe("refused");
});
