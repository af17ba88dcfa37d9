// Secrets as docs/secrets.md tells operators to keep them, and a start whose store is not there yet.
import { join } from "node:path";
import { expect, it } from "vitest";
import { newSealingKey } from "../../server/secrets/sealing-key.ts";
import { startAws } from "../support/aws-secrets.ts";
import { runBroker, spawnBroker } from "../support/cli.ts";
import { configurationIn, shown } from "../support/configuration-folder.ts";
import { exampleIn } from "../support/documentation.ts";
import { startProcess } from "../support/process.ts";
import { startVault } from "../support/vault.ts";
import { freePort, until } from "../support/wait.ts";

const example = (name: string): string => exampleIn("docs/secrets.md", "yaml", `<!-- example: ${name} -->`);
const awsEnv = { AWS_ACCESS_KEY_ID: "AKIATEST", AWS_SECRET_ACCESS_KEY: "s", AWS_REGION: "eu-central-1" };

it("the references that the guide shows are read from their stores", async () => {
  await using vault = await startVault();
  vault.addToken("hvs.env", 0);
  vault.kv.set("broker", { openai_us: "sk-us" });
  await using aws = await startAws();
  aws.secrets.set("prod/broker", JSON.stringify({ alice: "alice-0123456789" }));
  const yaml = example("references")
    .replaceAll("/run/secrets/", "")
    .replace("vault:secret/", "vault:kv/")
    .concat(`secrets: { aws: { endpoint: "${aws.url}" } }\n`);
  const files = { "broker.yaml": yaml, "openai-eu": "sk-eu\n", shop: "shop-token\n" };
  await using set = configurationIn(files, { VAULT_ADDR: vault.url, VAULT_TOKEN: "hvs.env", ...awsEnv });
  const { upstream_keys, callers, tools } = await set.read();
  expect(upstream_keys.map(({ secret }) => shown(secret))).toEqual(["sk-eu", "sk-us"]);
  expect(shown(callers.tokens[0]?.token)).toBe("alice-0123456789");
  expect(shown(tools.order_status?.request.headers)).toEqual({ authorization: "Bearer shop-token" });
});

it("the guide's configuration of Vault signs in as the pod", async () => {
  await using vault = await startVault();
  vault.kv.set("broker", { openai_key: "sk-1" });
  const yaml = example("vault")
    .replace("https://vault.example.com:8200", vault.url)
    .replace("role: broker", "role: broker, token_file: token")
    .replace("vault:secret/", "vault:kv/");
  await using set = configurationIn({ "broker.yaml": yaml, token: "jwt-1\n" });
  expect(shown((await set.read()).upstream_keys[0]?.secret)).toBe("sk-1");
});

it("the guide's configuration of AWS reads a field", async () => {
  await using aws = await startAws();
  aws.secrets.set("prod/broker", JSON.stringify({ openai_key: "sk-1" }));
  const yaml = example("aws").replace("region: eu-central-1", `region: eu-central-1, endpoint: "${aws.url}"`);
  await using set = configurationIn({ "broker.yaml": yaml }, awsEnv);
  expect(shown((await set.read()).upstream_keys[0]?.secret)).toBe("sk-1");
  expect(aws.signers).toEqual(["AKIATEST"]);
});

it("a sealed secret is opened with the key of the guide's configuration, if only its owner may read it", async () => {
  await using set = configurationIn({
    "secrets.key": `${newSealingKey((length) => Buffer.alloc(length, 5))}\n`,
  });
  const yaml = example("sealed").replace("/etc/broker/", "");
  set.write("broker.yaml", `${yaml}upstream_keys: [{ name: a, secret: "sealed:e30..a.a.a" }]\n`);
  expect(await set.problems()).toEqual([
    `upstream_keys[0].secret: sealed:… cannot be opened: its key in ${join(set.folder, "secrets.key")} may be read by others (mode 644); run: chmod 600 ${join(set.folder, "secrets.key")}`,
  ]);
});

it("a start waits for a Vault that is not there yet, says so, and begins when it is", async () => {
  const port = await freePort();
  const yaml =
    'upstream_keys: [{ name: a, secret: "vault:kv/broker#openai" }]\ncallers: { guests: loopback }';
  const env = {
    VAULT_ADDR: `http://127.0.0.1:${port}`,
    VAULT_TOKEN: "hvs.env",
    DATABASE_URL: "sqlite::memory:",
  };
  await using service = startProcess(env, yaml);
  await until("it says that it waits", () => service.output.includes("waiting-for-secrets"), 60);
  expect(service.output).toContain('"secrets":"vault:kv/broker"');
  await using vault = await startVault(Date.now, port);
  vault.addToken("hvs.env", 0);
  vault.kv.set("broker", { openai: "sk-from-vault" });
  await service.listening();
  expect(service.output).not.toContain("sk-from-vault");
  expect(service.output).not.toContain("hvs.env");
});

it("the commands seal a secret, check it, and never print one", async () => {
  await using set = configurationIn({ key: "sk-in-a-file" });
  const broker = (words: string, env = {}) => runBroker(words, env, set.folder);
  const made = await spawnBroker("secrets key", {}, set.folder);
  expect([made.code, made.stdout]).toEqual([0, expect.stringContaining("secrets.key holds a new key")]);
  const sealed = await spawnBroker(
    "secrets seal --key-file secrets.key",
    {},
    set.folder,
    "sk-typed-0123456789\n",
  );
  expect(sealed).toEqual({ code: 0, stdout: expect.stringMatching(/^sealed:\S+\n$/), stderr: "" });
  set.write(
    "broker.yaml",
    `secrets: { key_file: secrets.key }
upstream_keys: [{ name: a, secret: "file:key" }, { name: b, secret: "env:NONE" }]
callers: { tokens: [{ name: alice, token: "${sealed.stdout.trim()}" }] }`,
  );
  const checked = await broker("secrets check");
  expect([checked.code, checked.stdout]).toEqual([
    1,
    `WHERE                    SECRET    STATE     CHANGED
upstream_keys[0].secret  file:key  read      just now
upstream_keys[1].secret  env:NONE  NOT READ
callers.tokens[0].token  sealed:…  read

upstream_keys[1].secret: env:NONE is not set in the environment
`,
  ]);
  const form = await broker("check");
  expect([form.code, form.stdout]).toEqual([0, expect.stringContaining("These secrets were not read")]);
  const read = await broker("check --secrets", { NONE: "sk-in-the-environment" });
  expect([read.code, read.stdout + read.stderr]).toEqual([
    0,
    expect.not.stringMatching(/sk-in|sk-typed|not read/),
  ]);
});
