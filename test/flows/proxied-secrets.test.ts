// Stores of secrets behind a company's proxy: they are asked while the configuration is still being read.
import { afterAll, beforeAll, expect, it } from "vitest";
import { openConfiguration } from "../../server/compose/configuration.ts";
import { type Backend, sendJson, startBackend } from "../support/backend.ts";
import { createAuthority, trusting } from "../support/certificates.ts";
import { type ConnectProxy, startConnectProxy } from "../support/connect-proxy.ts";
import { startTlsFront } from "../support/tls-front.ts";

const stack = new AsyncDisposableStack();
let vault: Backend;
let proxy: ConnectProxy;
beforeAll(async () => {
  const authority = stack.use(createAuthority());
  stack.use(trusting(authority));
  vault = stack.use(
    await startBackend((response, { url }) =>
      sendJson(response, {
        data: url?.includes("lookup-self")
          ? { ttl: 3600 }
          : { data: { key: "sk-from-vault" }, metadata: { version: 1 } },
      }),
    ),
  );
  const front = stack.use(await startTlsFront(vault.url, authority.issue(["vault.test"])));
  proxy = stack.use(await startConnectProxy({ hosts: { "vault.test:443": front.port } }));
});
afterAll(() => stack.disposeAsync());

const read = async (secret: string, env: Record<string, string>) => {
  await using source = openConfiguration({
    env: { https_proxy: `http://127.0.0.1:${proxy.port}`, ...env },
    document: {
      callers: { guests: "loopback" },
      secrets: { wait_seconds: 0 },
      upstream_keys: [{ name: "main", secret }],
    },
    log: { write: () => {} },
  });
  return source.read(new AbortController().signal);
};

it("Vault is asked through it", async () => {
  const env = { VAULT_ADDR: "https://vault.test", VAULT_TOKEN: "hvs.test" };
  const { upstream_keys } = await read("vault:kv/openai#key", env);
  expect(upstream_keys[0]?.secret?.equals("sk-from-vault")).toBe(true);
  expect(proxy.tunnels).toContain("vault.test:443");
});

it("AWS Secrets Manager is asked through it", async () => {
  const env = { AWS_REGION: "eu-west-1", AWS_ACCESS_KEY_ID: "a", AWS_SECRET_ACCESS_KEY: "b" };
  await expect(read("aws-sm:openai", env)).rejects.toThrow("AWS Secrets Manager does not answer");
  expect(proxy.tunnels).toContain("secretsmanager.eu-west-1.amazonaws.com:443");
});
