// Requests that another server signs, made by an independent package and judged by the real service.
import { createHash, createHmac, randomUUID } from "node:crypto";
import { httpbis } from "http-message-signatures";
import { afterAll, beforeAll, expect, it } from "vitest";
import { createTestBroker, type TestBroker } from "../support/broker.ts";
import { startRedis } from "../support/redis.ts";

const openai = "http://127.0.0.1:9/v1";
const secret = "a-secret-that-two-servers-share-0123";
const yaml = `callers: { signers: [{ name: shop, secret: ${secret}, roles: [staff] }, { name: other, secret: ${secret.toUpperCase()} }] }
limits: { failed_authentication: none }`;

let broker: TestBroker;
beforeAll(async () => {
  broker = await createTestBroker({ openai, yaml });
});
afterAll(() => broker.stop());

interface RequestToSign {
  method: string;
  path: string;
  body: string | undefined;
  fields: string[];
  key: string;
  keyId: string;
  nonce: string;
  created: Date;
  expires?: Date;
  headers: Record<string, string>;
}

const unsigned: Omit<RequestToSign, "nonce" | "created"> = {
  method: "GET",
  path: "/convert_units?value=1&from=mile&to=kilometre",
  body: undefined,
  fields: ["@method", "@path", "@query"],
  key: secret,
  keyId: "shop",
  headers: {},
};
const asPost = {
  method: "POST",
  path: "/convert_units",
  body: JSON.stringify({ value: 1, from: "mile", to: "kilometre" }),
  fields: ["@method", "@path", "@query", "content-digest", "content-type"],
};

const sign = async (changes: Partial<RequestToSign> = {}) => {
  const made = { ...unsigned, nonce: randomUUID(), created: new Date(), ...changes };
  const headers: Record<string, string> = { ...made.headers };
  if (made.body !== undefined) {
    headers["content-type"] = "application/json";
    headers["content-digest"] = `sha-256=:${createHash("sha256").update(made.body).digest("base64")}:`;
  }
  const signed = await httpbis.signMessage(
    {
      key: {
        id: made.keyId,
        alg: "hmac-sha256",
        sign: async (data) => createHmac("sha256", made.key).update(data).digest(),
      },
      fields: made.fields,
      params: ["created", "nonce", "keyid", "alg", ...(made.expires ? ["expires"] : [])],
      paramValues: {
        created: made.created,
        nonce: made.nonce,
        ...(made.expires && { expires: made.expires }),
      },
    },
    { method: made.method, url: broker.url + made.path, headers },
  );
  const sent = Object.entries(signed.headers).map(([name, value]) => [name.toLowerCase(), String(value)]);
  return { path: made.path, method: made.method, body: made.body, headers: Object.fromEntries(sent) };
};
type Signed = Awaited<ReturnType<typeof sign>>;
const send = ({ path, method, body, headers }: Signed, to = broker) =>
  to.fetch(path, { method, headers, body: body ?? null });

it("lets in what is signed, with and without a body, and knows who it is", async () => {
  expect((await send(await sign())).status).toBe(200);
  expect((await send(await sign(asPost))).status).toBe(200);
  expect(broker.logs.at(-1)?.caller).toBe("signer:shop");
});

it("covers other headers too, where the signer wants that", async () => {
  const fields = [...unsigned.fields, "x-order"];
  const signed = await sign({ fields, headers: { "x-order": "7" } });
  expect((await send(signed)).status).toBe(200);
  const again = await sign({ fields, headers: { "x-order": "7" } });
  expect((await send({ ...again, headers: { ...again.headers, "x-order": "8" } })).status).toBe(401);
});

const changed: [string, Partial<RequestToSign>, (signed: Signed) => Signed][] = [
  ["another method", {}, (signed) => ({ ...signed, method: "POST" })],
  [
    "another path",
    {},
    (signed) => ({ ...signed, path: signed.path.replace("convert_units", "current_time") }),
  ],
  ["another query", {}, (signed) => ({ ...signed, path: signed.path.replace("value=1", "value=2") })],
  [
    "the query encoded in another way",
    {},
    (signed) => ({ ...signed, path: signed.path.replace("mile", "%6dile") }),
  ],
  ["another body", asPost, (signed) => ({ ...signed, body: signed.body?.replace("1", "2") })],
  [
    "another body with its own digest",
    asPost,
    (signed) => {
      const body = signed.body?.replace("1", "2") ?? "";
      const digest = `sha-256=:${createHash("sha256").update(body).digest("base64")}:`;
      return { ...signed, body, headers: { ...signed.headers, "content-digest": digest } };
    },
  ],
  ["a body that was not signed", { ...asPost, fields: unsigned.fields }, (signed) => signed],
  [
    "another time",
    {},
    ({ headers, ...signed }) => ({
      ...signed,
      headers: {
        ...headers,
        "signature-input": headers["signature-input"].replace(
          /created=\d+/,
          `created=${Math.floor(Date.now() / 1000) + 1}`,
        ),
      },
    }),
  ],
  [
    "another nonce",
    {},
    ({ headers, ...signed }) => ({
      ...signed,
      headers: {
        ...headers,
        "signature-input": headers["signature-input"].replace(/nonce="[^"]*"/, 'nonce="0123456789abcdef"'),
      },
    }),
  ],
  [
    "another signer's name",
    {},
    ({ headers, ...signed }) => ({
      ...signed,
      headers: {
        ...headers,
        "signature-input": headers["signature-input"].replace('keyid="shop"', 'keyid="other"'),
      },
    }),
  ],
  [
    "a bearer token beside it",
    {},
    (signed) => ({ ...signed, headers: { ...signed.headers, authorization: "Bearer x-0123456789abcdef" } }),
  ],
  ["half of it", {}, ({ headers: { signature: _, ...headers }, ...signed }) => ({ ...signed, headers })],
];

it.each(changed)("refuses %s", async (_, changes, change) => {
  const answer = await send(change(await sign(changes)));
  expect(answer.status).toBe(401);
  expect(await answer.text()).not.toMatch(/nonce|digest|cover|signature of/i);
});

const minutes = (count: number) => new Date(Date.now() + count * 60_000);

it.each<[string, Partial<RequestToSign>]>([
  ["by nobody we know", { keyId: "nobody" }],
  ["with another secret", { key: "another-secret-of-32-characters!!" }],
  ["more than five minutes ago", { created: minutes(-5.1) }],
  ["more than five minutes ahead", { created: minutes(5.1) }],
  ["for a time that is over", { expires: minutes(-1) }],
  ["with a nonce that could repeat by chance", { nonce: "short" }],
  ["without its method", { fields: ["@path", "@query"] }],
  ["without its path", { fields: ["@method", "@query"] }],
  ["without its query", { fields: ["@method", "@path"] }],
])("refuses what is signed %s", async (_, changes) => {
  expect((await send(await sign(changes))).status).toBe(401);
});

it("bears clocks that differ by less than five minutes", async () => {
  expect((await send(await sign({ created: minutes(-4.9) }))).status).toBe(200);
  expect((await send(await sign({ created: minutes(4.9) }))).status).toBe(200);
});

it("takes each nonce once, and does not remember those of forgers", async () => {
  const nonce = randomUUID();
  expect((await send(await sign({ nonce, key: "a-forger-who-does-not-know-the-secret" }))).status).toBe(401);
  expect((await send(await sign({ nonce }))).status).toBe(200);
  expect((await send(await sign({ nonce }))).status).toBe(401);
});

it("takes each nonce once across replicas, and none while it cannot tell", async () => {
  await using redis = await startRedis();
  const env = { REDIS_URL: redis.url };
  await using one = await createTestBroker({ openai, yaml, env });
  await using other = await createTestBroker({ openai, yaml, env });
  const signed = await sign();
  expect((await send(signed, one)).status).toBe(200);
  expect((await send(signed, other)).status).toBe(401);
  await redis.stop();
  const refused = await send(await sign(), one);
  expect([refused.status, refused.headers.get("retry-after")]).toEqual([503, "1"]);
});

it("opens what the signer's roles open", async () => {
  const more =
    "\nprofiles: { default: { session: { type: realtime, model: m }, tools: [convert_units], allow: [role:staff] } }";
  await using service = await createTestBroker({ openai, yaml: yaml + more });
  expect((await send(await sign(), service)).status).toBe(200);
  expect((await send(await sign({ keyId: "other", key: secret.toUpperCase() }), service)).status).toBe(403);
});
