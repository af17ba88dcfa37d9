// The configuration with its secrets: what references stand for, and which mistakes are told.
import { writeFileSync } from "node:fs";
import { join } from "node:path";
import { expect, it } from "vitest";
import { seal } from "../../../server/secrets/sealed.jose.ts";
import { newSealingKey, parseSealingKeys } from "../../../server/secrets/sealing-key.ts";
import { configurationIn, shown } from "../../support/configuration-folder.ts";
import { createTestTime } from "../../support/time.ts";

const key = newSealingKey((length) => Buffer.alloc(length, 3));
const sealed = async (text: string): Promise<string> => {
  const [first] = parseSealingKeys(key) ?? [];
  return `sealed:${await seal(text, first ?? expect.fail("no key"))}`;
};

it("references are resolved wherever a secret stands, in the file and in the environment", async () => {
  const yaml = `
secrets: { key_file: seal.key }
upstream_keys:
  - { name: eu, secret: file:eu.key }
  - { name: us, secret: "${await sealed("sk-us")}" }
  - { name: own, secret: "text:env:plain" }
callers:
  tokens: [{ name: alice, token: env:ALICE }, { name: bob, token: "\${BOB}" }]
tools:
  find:
    description: finds
    request: { url: "https://example.com", headers: { authorization: "Bearer \${file:eu.key}" } }
mcp_servers:
  shop: { command: shop, env: { KEY: "\${env:ALICE}-\${file:eu.key}" } }
settings:
  token_hash_key: file:not-read-since-the-environment-decides
`;
  const env = {
    ALICE: "alice-0123456789",
    BOB: "file:bob.token",
    TOKEN_HASH_KEY: "file:hash.key",
    REDIS_URL: `redis://:\${file:odd.password}@redis:6379`,
    DATABASE_URL: `postgres://broker:\${file:odd.password}@db/broker`,
    OTEL_EXPORTER_OTLP_HEADERS: `authorization=Bearer%20\${file:odd.password}`,
  };
  const files = {
    "eu.key": "sk-eu\n",
    "bob.token": "bob-0123456789abc",
    "hash.key": "h".repeat(32),
    "odd.password": "p@ss/w#rd,=%",
  };
  await using set = configurationIn({ "broker.yaml": yaml, ...files }, env);
  writeFileSync(join(set.folder, "seal.key"), key, { mode: 0o600 });
  const { settings, upstream_keys, callers, tools, mcp_servers } = await set.read();
  expect(upstream_keys.map(({ secret }) => shown(secret))).toEqual(["sk-eu", "sk-us", "env:plain"]);
  expect(callers.tokens.map(({ token }) => shown(token))).toEqual(["alice-0123456789", "bob-0123456789abc"]);
  expect(shown(tools.find?.request.headers)).toEqual({ authorization: "Bearer sk-eu" });
  expect(shown(mcp_servers.shop?.env)).toEqual({ KEY: "alice-0123456789-sk-eu" });
  expect(shown(settings.token_hash_key)).toBe("h".repeat(32));
  // A password in an address is encoded, so that it ends no part of the address.
  expect(shown(settings.redis_url)).toBe("redis://:p%40ss%2Fw%23rd%2C%3D%25@redis:6379");
  expect(shown(settings.database_url)).toMatchObject({ place: "db/broker" });
  expect(JSON.parse(String(shown(settings.otel_exporter_otlp_headers)))).toEqual({
    authorization: "Bearer p@ss/w#rd,=%",
  });
});

it("a text that only looks like a reference, where no secret stands, stays as it is", async () => {
  const yaml = `
upstream_keys: [{ name: eu, secret: sk-1, organization: "env:ORG" }]
profiles: { default: { session: { type: realtime, model: gpt-realtime-2.1, instructions: "file:/etc/passwd \${file:x}" } } }
`;
  await using set = configurationIn({ "broker.yaml": yaml }, { OPENAI_PROJECT_ID: "vault:kv/a#b" });
  const { upstream_keys, profiles, settings } = await set.read();
  expect(upstream_keys[0]?.organization).toBe("env:ORG");
  expect(profiles.default?.session).toMatchObject({ instructions: `file:/etc/passwd \${file:x}` });
  expect(settings.openai_project).toBe("vault:kv/a#b");
});

it("a secret's own text is never taken for another reference", async () => {
  const yaml = 'upstream_keys: [{ name: a, secret: "file:a" }, { name: b, secret: "env:B" }]';
  await using set = configurationIn({ "broker.yaml": yaml, a: "env:B" }, { B: `\${file:a}` });
  const { upstream_keys } = await set.read();
  expect(upstream_keys.map(({ secret }) => shown(secret))).toEqual(["env:B", `\${file:a}`]);
});

it("all mistakes are told at once: of the stores, of the references and of everything else", async () => {
  const yaml = `
upstream_keys: [{ name: a, secret: "file:missing" }, { name: b, secret: "env:NOPE" }, { name: c, secret: "vault:kv" }]
callers: { tokens: [{ name: alice, token: "file:short" }] }
profils: {}
`;
  await using set = configurationIn(
    { "broker.yaml": yaml, short: "abc" },
    { PORT: "x", OPENAI_API_KEY: "flie:/run/x" },
  );
  expect(await set.problems()).toEqual([
    expect.stringContaining("OPENAI_API_KEY: there is no store of secrets called flie; did you mean file:?"),
    `upstream_keys[0].secret: file:missing cannot be read: there is no file ${join(set.folder, "missing")}`,
    "upstream_keys[1].secret: env:NOPE is not set in the environment",
    expect.stringContaining("upstream_keys[2].secret: is no reference; it must be vault:MOUNT/PATH#FIELD"),
    "callers.tokens[0].token: must have at least 16 characters",
    expect.stringContaining("profils: there is no such setting; did you mean profiles?"),
    expect.stringContaining("PORT: must be a whole number"),
  ]);
});

it("a store that is down is not waited for where the file has other mistakes", async () => {
  const yaml = 'upstream_keys: [{ name: a, secret: "vault:kv/a#b" }]\nprofils: {}';
  const env = { VAULT_ADDR: "http://127.0.0.1:9" };
  // Its time stands still, so waiting would have no end.
  await using set = configurationIn({ "broker.yaml": yaml }, env, { ports: createTestTime() });
  expect(await set.problems()).toEqual([
    expect.stringContaining(
      "upstream_keys[0].secret: vault:kv/a#b cannot be read: Vault at http://127.0.0.1:9",
    ),
    expect.stringContaining("profils: there is no such setting"),
  ]);
});

it("the stores' own credentials may be in the environment or in a file only", async () => {
  const yaml = `
secrets: { vault: { address: "https://vault.example.com", token: "vault:kv/a#b" } }
upstream_keys: [{ name: a, secret: "vault:kv/a#b" }]
`;
  await using set = configurationIn({ "broker.yaml": yaml });
  expect(await set.problems()).toEqual([
    "secrets.vault.token: may be in the environment or a file only, as env:NAME or file:PATH: it opens the other stores",
  ]);
});

it("a store that is not configured, or without a login, is named with what to set", async () => {
  const yaml = 'upstream_keys: [{ name: a, secret: "vault:kv/a#b" }, { name: b, secret: "sealed:a..b.c.d" }]';
  await using set = configurationIn({ "broker.yaml": yaml });
  expect(await set.problems()).toEqual([
    "upstream_keys[0].secret: vault:kv/a#b cannot be read: set secrets.vault.address in broker.yaml, or VAULT_ADDR",
    expect.stringContaining(
      "upstream_keys[1].secret: sealed:… cannot be opened: set SECRETS_KEY, or secrets.key_file",
    ),
  ]);
  await using remote = configurationIn({ "broker.yaml": yaml }, { VAULT_ADDR: "https://vault.example.com" });
  expect((await remote.problems())[0]).toContain(
    "set secrets.vault.token, approle or kubernetes in broker.yaml, or VAULT_TOKEN",
  );
});

it("digests of the configuration tell nothing of a secret behind a reference", async () => {
  await using set = configurationIn({
    "broker.yaml": 'upstream_keys: [{ name: a, secret: "file:key" }]',
    key: "sk-1",
  });
  const { digests } = await set.read();
  set.write("key", "sk-2");
  expect((await set.read()).digests).toEqual(digests);
});

it("it says which files it reads", async () => {
  await using set = configurationIn({ "broker.yaml": "", ".env": "PORT=9999\n" }, {}, { hasEnvFile: true });
  expect(set.source.files()).toEqual([join(set.folder, "broker.yaml"), join(set.folder, ".env")]);
  expect((await set.read()).settings.port).toBe(9999);
  await using mounted = configurationIn({}, {}, { document: { settings: { port: 1234 } } });
  expect([mounted.source.files(), (await mounted.read()).settings.port]).toEqual([[], 1234]);
});

it("a proxy that is a reference leads to no store, which says so, unless NO_PROXY names the store", async () => {
  const yaml = 'upstream_keys: [{ name: a, secret: "vault:kv/a#b" }]\ncallers: { guests: loopback }';
  const env = { VAULT_ADDR: "https://vault.invalid:8200", VAULT_TOKEN: "t", HTTPS_PROXY: "file:proxy" };
  const files = { "broker.yaml": yaml, proxy: "http://127.0.0.1:9" };
  await using set = configurationIn(files, env, { waits: false });
  expect(await set.problems()).toEqual([
    "upstream_keys[0].secret: vault:kv/a#b cannot be read: HTTPS_PROXY is a reference itself, and the way to vault.invalid:8200 leads through that proxy; write its address out, or name vault.invalid in NO_PROXY",
  ]);
  await using direct = configurationIn(files, { ...env, NO_PROXY: "vault.invalid" }, { waits: false });
  expect((await direct.problems())[0]).toContain("Vault at https://vault.invalid:8200 does not answer");
});

it("the password of a proxy may be a reference, whatever its letters", async () => {
  const proxy = `http://me:\${file:password}@proxy.test:3128`;
  const yaml = `settings: { https_proxy: "${proxy}" }\ncallers: { guests: loopback }`;
  const env = { OPENAI_API_KEY: "sk-test" };
  await using set = configurationIn({ "broker.yaml": yaml, password: "p@ss/w" }, env);
  const { https_proxy } = (await set.read()).settings;
  expect(https_proxy?.reveal()).toBe("http://me:p%40ss%2Fw@proxy.test:3128");
});
