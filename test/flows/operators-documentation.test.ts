// What the documentation tells operators to write works as it stands there.
import { execFile } from "node:child_process";
import { once } from "node:events";
import { promisify } from "node:util";
import { toFile } from "openai";
import { Agent, request } from "undici";
import { expect, it } from "vitest";
import { WebSocket } from "ws";
import { createTestBroker } from "../support/broker.ts";
import { configOf } from "../support/configuration.ts";
import { exampleIn } from "../support/documentation.ts";
import { startNginx } from "../support/nginx.ts";
import { emulateOpenAi } from "../support/openai.ts";
import { clientOf, collect } from "../support/relay-client.ts";
import { readSource } from "../support/source.ts";

const openai = "http://127.0.0.1:9/v1";
const token = "a-0123456789abcdef";

it.each(["auth0", "clerk", "supabase", "firebase", "keycloak"])("the recipe for %s is one issuer", (name) => {
  const recipe = exampleIn("docs/identity-providers.md", "yaml", `<!-- example: ${name} -->`);
  const indented = recipe.trimEnd().replaceAll("\n", "\n    ");
  const { callers } = configOf(`callers:\n  issuers:\n    ${indented}`);
  expect(callers.issuers).toHaveLength(1);
});

it("the example file has the recipes of the guide", () => {
  const issuersIn = (list: string) =>
    configOf(`callers:\n  issuers:\n    ${list.trimEnd().replaceAll("\n", "\n    ")}`).callers.issuers;
  const names = ["auth0", "clerk", "supabase", "firebase", "keycloak"];
  const recipes = names.map((name) =>
    exampleIn("docs/identity-providers.md", "yaml", `<!-- example: ${name} -->`),
  );
  const commented = /# Recipes.*\n((?: {4}# .*\n)+)/.exec(readSource("broker.example.yaml"))?.[1] ?? "";
  const expected = issuersIn(recipes.join(""));
  expect(expected).toHaveLength(5);
  expect(issuersIn(commented.replaceAll(/^ {4}# /gm, ""))).toEqual(expected);
});

it("the keys that the documentation shows are three", () => {
  const env = { OPENAI_KEY_EU_1: "sk-1", OPENAI_KEY_EU_2: "sk-2", OPENAI_KEY_SPARE: "sk-3" };
  const example = exampleIn("docs/upstream-keys.md", "yaml", "<!-- example: keys -->");
  expect(
    configOf(example, env).upstream_keys.map(({ name, priority, weight }) => [name, priority, weight]),
  ).toEqual([
    ["eu-1", 1, 3],
    ["eu-2", 1, 1],
    ["spare", 0, 1],
  ]);
});

it("the entries of `relay` that the documentation shows open what they say", () => {
  const { relay, limits } = configOf(exampleIn("docs/relay.md", "yaml", "<!-- example: rules -->"));
  expect(Object.keys(relay ?? {})).toEqual(["support", "everybody-else"]);
  expect(relay?.support?.paths).toEqual(["inference", "POST /v1/files"]);
  expect(limits.relays.caller).toHaveLength(2);
});

it("the limits that the documentation shows are those that hold without any", () => {
  const example = exampleIn("docs/limits.md", "yaml", "<!-- example: limits -->");
  expect(configOf(example).limits).toEqual(configOf("").limits);
});

it("the shell's example signs a request that is let in", async () => {
  const secret = "a-secret-of-the-shop-that-is-long-enough";
  const yaml = `callers: { signers: [{ name: shop, secret: ${secret} }] }`;
  await using broker = await createTestBroker({ openai, yaml });
  const script = exampleIn("docs/signed-requests.md", "sh", "<!-- example: signed -->");
  const env = { PATH: "/usr/bin:/bin", SHOP_SECRET: secret, BROKER: broker.url };
  const { stdout } = await promisify(execFile)("bash", ["-euc", script], { env, timeout: 10_000 });
  expect(JSON.parse(stdout)).toMatchObject({ result: 1.609344 });
});

it("behind nginx as shown, the caller's own address counts and an invented one does not", async () => {
  const yaml = "callers: { guests: none, tokens: [{ name: a, token: a-0123456789abcdef }] }";
  const env = { TRUSTED_PROXIES: "127.0.0.1", LOG_ADDRESSES: "plain" };
  await using broker = await createTestBroker({ openai, yaml, env });
  const location = exampleIn("docs/behind-a-proxy.md", "nginx", "<!-- example: nginx -->");
  await using nginx = await startNginx(location, broker.url);
  const headers = { "x-forwarded-for": "203.0.113.66", forwarded: "for=203.0.113.67" };
  // The whole of 127.0.0.0/8 is this machine: nginx comes from .1, its client from .2.
  const dispatcher = new Agent({ localAddress: "127.0.0.2" });
  const { statusCode, body } = await request(`${nginx.url}/problems`, { headers, dispatcher });
  await body.dump();
  await dispatcher.close();
  expect(statusCode).toBe(200);
  expect(broker.logs.at(-1)).toMatchObject({ route: "/problems", client: "127.0.0.2" });
});

it("behind nginx as shown, streams come piece by piece, WebSockets open and large uploads pass", async () => {
  await using upstream = await emulateOpenAi();
  const yaml = `{ callers: { tokens: [{ name: a, token: ${token} }] }, relay: { all: { allow: [members], paths: [inference, /v1/files] } } }`;
  await using broker = await createTestBroker({ openai: upstream.baseUrl, yaml });
  const location = exampleIn("docs/behind-a-proxy.md", "nginx", "<!-- example: nginx -->");
  await using nginx = await startNginx(location, broker.url);
  const client = clientOf(nginx, { apiKey: token });
  const messages = [{ role: "user" as const, content: "Hello" }];
  const pieces = await collect(
    await client.chat.completions.create({ model: "gpt-5-mini", messages, stream: true }),
  );
  expect(pieces.length).toBeGreaterThan(2);
  const file = await toFile(Buffer.alloc(5_000_000), "large.bin");
  expect((await client.files.create({ file, purpose: "user_data" })).bytes).toBe(5_000_000);
  const headers = { authorization: `Bearer ${token}` };
  const socket = new WebSocket(`${nginx.url.replace("http", "ws")}/v1/realtime`, { headers });
  const [first] = await once(socket, "message");
  expect(JSON.parse(String(first)).type).toBe("session.created");
  socket.close();
  expect((await fetch(`${nginx.url}/healthz`)).status).toBe(200);
});
