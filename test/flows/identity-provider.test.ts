// Tokens of a real OpenID provider: found by discovery, through a change of keys, and while the provider is away.
import { expect, it } from "vitest";
import { createTestBroker, type TestBroker } from "../support/broker.ts";
import { type IdentityProvider, startIdentityProvider } from "../support/identity-provider.ts";
import { until } from "../support/wait.ts";

const openai = "http://127.0.0.1:9/v1";
const issuerOf = ({ issuer }: IdentityProvider, more = "") =>
  `{ issuer: "${issuer}", audience: voice, algorithms: [RS256], cooldown_seconds: 1, claims: { user: client_id, roles: [scope] }${more} }`;
const yamlFor = (...issuers: string[]) => `
callers: { issuers: [${issuers.join(", ")}] }
limits: { failed_authentication: none, address: none }
profiles:
  default: { session: { type: realtime, model: gpt-realtime }, tools: [current_time], allow: [role:mint] }
  admin: { session: { type: realtime, model: gpt-realtime }, tools: [convert_units], allow: [role:admin] }
`;
const ask = (broker: TestBroker, token: string, path = "/tools") =>
  broker.fetch(path, { headers: { authorization: `Bearer ${token}` } });
const toolsOf = async (broker: TestBroker, token: string) => {
  const { tools } = (await (await ask(broker, token)).json()) as { tools: { name: string }[] };
  return tools.map(({ name }) => name);
};

it("finds the provider's keys by discovery, once, and opens what the token's scopes open", async () => {
  await using provider = await startIdentityProvider();
  await using broker = await createTestBroker({ openai, yaml: yamlFor(issuerOf(provider)) });
  expect(await toolsOf(broker, await provider.token("mint"))).toEqual(["current_time"]);
  expect(await toolsOf(broker, await provider.token("admin"))).toEqual(["convert_units"]);
  expect(await toolsOf(broker, await provider.token("mint admin"))).toEqual([
    "convert_units",
    "current_time",
  ]);
  expect(provider.asked).toBe(2);
  expect(broker.logs.at(-1)?.caller).toBe(`jwt:${provider.issuer}#backend`);
});

it("learns new keys by itself, and does not let unknown ones make it ask again and again", async () => {
  await using provider = await startIdentityProvider();
  await using broker = await createTestBroker({ openai, yaml: yamlFor(issuerOf(provider)) });
  const before = await provider.token();
  expect((await ask(broker, before)).status).toBe(200);
  provider.rotateKeys();
  const after = await provider.token();
  await until("the new key is known", async () => (await ask(broker, after)).status === 200);
  const asked = provider.asked;
  // Keys that were never published: whatever they are, one question per cool-down is all they get.
  await using other = await startIdentityProvider();
  const foreign = (await other.token()).split(".").slice(0, 1);
  const [, payload, signature] = after.split(".");
  const forged = [...foreign, payload, signature].join(".");
  for (let count = 0; count < 30; count += 1) {
    expect((await ask(broker, `${forged.slice(0, -4)}${String(count).padStart(4, "A")}`)).status).toBe(401);
  }
  expect(provider.asked - asked).toBeLessThanOrEqual(1);
});

it("lets nobody in wait for a provider that is away, and asks it no more than it must", async () => {
  await using provider = await startIdentityProvider();
  await using broker = await createTestBroker({ openai, yaml: yamlFor(issuerOf(provider)) });
  const tokens = [await provider.token(), await provider.token("admin"), await provider.token("mint admin")];
  expect((await ask(broker, tokens[0] ?? "")).status).toBe(200);
  await provider.stop();
  for (const token of tokens) expect((await ask(broker, token)).status).toBe(200);
  await provider.start();
});

it("says when to come back while the keys of a provider cannot be had at all", async () => {
  await using provider = await startIdentityProvider();
  const token = await provider.token();
  await using broker = await createTestBroker({ openai, yaml: yamlFor(issuerOf(provider)) });
  await provider.stop();
  const refused = await ask(broker, token);
  expect([refused.status, refused.headers.get("retry-after")]).toEqual([503, "1"]);
  const asked = provider.asked;
  await provider.start();
  await until("the cool-down is over", async () => (await ask(broker, token)).status === 200);
  expect(provider.asked - asked).toBe(2);
});

it("takes tokens of several providers, each by its own keys only", async () => {
  await using one = await startIdentityProvider();
  await using other = await startIdentityProvider();
  const yaml = yamlFor(issuerOf(one), issuerOf(other));
  await using broker = await createTestBroker({ openai, yaml });
  expect((await ask(broker, await one.token())).status).toBe(200);
  expect((await ask(broker, await other.token())).status).toBe(200);
  await using stranger = await startIdentityProvider();
  expect((await ask(broker, await stranger.token())).status).toBe(401);
});

it("believes no discovery document that is another issuer's", async () => {
  await using provider = await startIdentityProvider();
  const named = issuerOf({ ...provider, issuer: provider.issuer.replace("127.0.0.1", "localhost") });
  await using broker = await createTestBroker({ openai, yaml: yamlFor(named) });
  const [header, payload = "", signature] = (await provider.token()).split(".");
  const claims = JSON.parse(Buffer.from(payload, "base64url").toString());
  claims.iss = claims.iss.replace("127.0.0.1", "localhost");
  const token = [header, Buffer.from(JSON.stringify(claims)).toString("base64url"), signature].join(".");
  expect((await ask(broker, token)).status).toBe(503);
  expect(JSON.stringify(broker.logs.at(-1))).toContain("is the document of another issuer");
});

it("tells the operator whose a token is, and tells its caller nothing", async () => {
  await using provider = await startIdentityProvider();
  await using stranger = await startIdentityProvider();
  const wrong = issuerOf(provider).replace("audience: voice", "audience: chat");
  await using broker = await createTestBroker({ openai, yaml: yamlFor(wrong) });
  const causeOf = async (token: string) => {
    const answer = await ask(broker, token);
    expect([answer.status, (await answer.text()).includes("127.0.0.1")]).toEqual([401, false]);
    const { cause } = broker.logs.at(-1) as { cause: { message: string } };
    return cause.message;
  };
  expect(await causeOf(await stranger.token())).toBe(
    `the token's iss is "${stranger.issuer}", which is no configured issuer; configured: "${provider.issuer}"`,
  );
  expect(await causeOf(await provider.token())).toBe(
    `the token of "${provider.issuer}" has aud "voice"; expected: "chat"`,
  );
  const payload = Buffer.from(JSON.stringify({ iss: `\u0007\u009b${"x".repeat(5000)}` })).toString(
    "base64url",
  );
  expect(await causeOf(`e30.${payload}.x`)).toMatch(/^the token's iss is "\\u0007\?x{100,200}, which/);
});
