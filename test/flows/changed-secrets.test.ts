// Secrets that change in their stores while the service runs.
import { mkdirSync, renameSync, symlinkSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { expect, it } from "vitest";
import { configurationIn, shown } from "../support/configuration-folder.ts";
import { createTestTime } from "../support/time.ts";
import { startVault } from "../support/vault.ts";
import { until } from "../support/wait.ts";

it("Vault is found by the variables of its own programs, and a changed secret is told and read", async () => {
  const time = createTestTime();
  await using vault = await startVault(time.clock.now);
  vault.addToken("hvs.env", 0);
  vault.kv.set("broker", { openai: "sk-1" });
  const yaml = 'upstream_keys: [{ name: a, secret: "vault:kv/broker#openai" }]';
  const env = { VAULT_ADDR: vault.url, VAULT_TOKEN: "hvs.env" };
  await using set = configurationIn({ "broker.yaml": yaml }, env, { ports: time });
  const keyNow = async () => shown((await set.read()).upstream_keys[0]?.secret);
  expect(await keyNow()).toBe("sk-1");
  let told = 0;
  set.source.onSecretsChanged(() => {
    told += 1;
  });
  vault.kv.set("broker", { openai: "sk-2" });
  await time.pass(301_000);
  await until("Vault was asked again", async () => {
    await time.pass(1000);
    return told === 1;
  });
  vault.trouble = "sealed";
  expect(await keyNow()).toBe("sk-2");
  expect(set.logs.map(({ msg, store }) => [msg, store])).toEqual([["secret-not-read-again", "vault"]]);
  expect(set.source.secretAges()).toEqual([{ store: "vault", seconds: expect.any(Number) }]);
});

it("a mounted secret that Kubernetes swaps is told, and read by the next reading", async () => {
  await using set = configurationIn({
    "broker.yaml": 'upstream_keys: [{ name: a, secret: "file:mount/key" }]',
  });
  const mount = join(set.folder, "mount");
  for (const version of ["v1", "v2"]) {
    mkdirSync(join(mount, version), { recursive: true });
    writeFileSync(join(mount, version, "key"), `sk-${version}`);
  }
  symlinkSync("v1", join(mount, "..data"));
  symlinkSync("..data/key", join(mount, "key"));
  const changed = Promise.withResolvers<void>();
  set.source.onSecretsChanged(changed.resolve);
  expect(shown((await set.read()).upstream_keys[0]?.secret)).toBe("sk-v1");
  symlinkSync("v2", join(mount, "..next"));
  renameSync(join(mount, "..next"), join(mount, "..data"));
  await changed.promise;
  expect(shown((await set.read()).upstream_keys[0]?.secret)).toBe("sk-v2");
});

it("a broken file does not end the looking after secrets that are in use", async () => {
  await using set = configurationIn({
    "broker.yaml": 'upstream_keys: [{ name: a, secret: "file:key" }]',
    key: "sk-1",
  });
  await set.read();
  set.write("broker.yaml", "upstream_keys: [{ name: a }]");
  expect(await set.problems()).toMatchObject([
    expect.stringMatching(/^upstream_keys\[0\]: has neither a secret nor a workload_identity/),
  ]);
  expect(set.source.secretAges()).toMatchObject([{ store: "file" }]);
  set.write("broker.yaml", "callers: { guests: loopback }");
  await set.read();
  expect(set.source.secretAges()).toEqual([]);
});
