// Signed tokens: what is accepted, what is refused, and what happens when the issuer is away.
import { generateKeyPairSync, type KeyObject } from "node:crypto";
import { type JWTPayload, SignJWT, UnsecuredJWT } from "jose";
import { expect, it } from "vitest";
import { createTestBroker } from "../support/broker.ts";
import { serve } from "../support/server.ts";

const openai = "http://127.0.0.1:9/v1";
const rsa = generateKeyPairSync("rsa", { modulusLength: 2048 });
const other = generateKeyPairSync("rsa", { modulusLength: 2048 });
const ec = generateKeyPairSync("ec", { namedCurve: "P-256" });
const secret = "a-secret-that-both-sides-know-0123456789";
const pem = String(rsa.publicKey.export({ type: "spki", format: "pem" }));

const good: JWTPayload = { iss: "https://login.example.com/", aud: "voice", sub: "carol" };

const sign = (
  claims: JWTPayload,
  key: KeyObject | Uint8Array = rsa.privateKey,
  { alg = "RS256", kid = "one", expires = "5m", ...header } = {},
) => {
  const token = new SignJWT(claims).setProtectedHeader({ alg, kid, ...header }).setIssuedAt();
  return (expires === "never" ? token : token.setExpirationTime(expires)).sign(key);
};

const withIssuer = (way: string, algorithms = "[RS256, ES256]") => `
callers:
  issuers:
    - { issuer: "https://login.example.com/", audience: [voice, other], algorithms: ${algorithms}, ${way} }
`;
const byPem = withIssuer(`public_key: ${JSON.stringify(pem)}`, "[RS256]");

const ask = async (yaml: string, token: string) => {
  await using broker = await createTestBroker({ openai, yaml });
  const answer = await broker.fetch("/tools", { headers: { authorization: `Bearer ${token}` } });
  return { status: answer.status, body: await answer.text(), log: broker.logs.at(-1) };
};

it("accepts tokens by the issuer's published keys, of each configured algorithm", async () => {
  let fetched = 0;
  await using issuer = await serve((_, answer) => {
    fetched += 1;
    const keys = [
      { ...rsa.publicKey.export({ format: "jwk" }), kid: "one", alg: "RS256" },
      { ...ec.publicKey.export({ format: "jwk" }), kid: "two", alg: "ES256" },
    ];
    answer.setHeader("content-type", "application/json").end(JSON.stringify({ keys }));
  });
  await using broker = await createTestBroker({ openai, yaml: withIssuer(`jwks_url: "${issuer.url}/jwks"`) });
  const tokens = [await sign(good), await sign(good, ec.privateKey, { alg: "ES256", kid: "two" })];
  for (const token of [...tokens, ...tokens]) {
    const answer = await broker.fetch("/tools", { headers: { authorization: `Bearer ${token}` } });
    expect(answer.status).toBe(200);
  }
  expect(broker.logs.at(-1)?.caller).toBe("jwt:https://login.example.com/#carol");
  expect(fetched).toBe(1);
});

it("accepts tokens by a public key, and by a shared secret", async () => {
  expect((await ask(byPem, await sign(good))).status).toBe(200);
  const byHand = await sign(good, new TextEncoder().encode(secret), { alg: "HS256" });
  expect((await ask(withIssuer(`shared_secret: ${secret}`, "[HS256]"), byHand)).status).toBe(200);
});

it("forgets a token when it expires, however lately it was good", async () => {
  const now = { ms: Date.now() };
  const clock = { now: () => now.ms, monotonic: () => performance.now() };
  await using broker = await createTestBroker({ openai, yaml: byPem, clock });
  const token = await sign(good, rsa.privateKey, { expires: "1s" });
  const status = async () =>
    (await broker.fetch("/tools", { headers: { authorization: `Bearer ${token}` } })).status;
  expect(await status()).toBe(200);
  // Five seconds more are allowed for clocks that differ, but not by remembering.
  now.ms += 3000;
  expect(await status()).toBe(200);
  now.ms += 5000;
  expect(await status()).toBe(401);
});

const refused: [string, () => string | Promise<string>][] = [
  ["of another issuer", () => sign({ ...good, iss: "https://evil.example/" })],
  ["for another audience", () => sign({ ...good, aud: "shop" })],
  ["for no audience", () => sign({ iss: good.iss ?? "", sub: "carol" })],
  ["without a subject", () => sign({ iss: good.iss ?? "", aud: "voice" })],
  ["that has expired", () => sign(good, rsa.privateKey, { expires: "-1m" })],
  ["that never expires", () => sign(good, rsa.privateKey, { expires: "never" })],
  ["that is not yet valid", () => sign({ ...good, nbf: Math.floor(Date.now() / 1000) + 600 })],
  ["signed with another issuer's key", () => sign(good, other.privateKey)],
  ["without a signature", () => new UnsecuredJWT(good).setExpirationTime("5m").encode()],
  [
    "signed with the public key as a secret",
    () => sign(good, new TextEncoder().encode(pem), { alg: "HS256" }),
  ],
  [
    "with a critical header that the service does not know",
    async () =>
      `${Buffer.from('{"alg":"RS256","crit":["x"],"x":1}').toString("base64url")}.${(await sign(good)).split(".").slice(1).join(".")}`,
  ],
  [
    "whose header names its own key",
    async () => sign(good, other.privateKey, { jku: "http://127.0.0.1:9/jwks" } as object),
  ],
  ["that lives longer than a day", () => sign(good, rsa.privateKey, { expires: "25h" })],
  [
    "that does not say when it was made and lives longer than a day",
    () =>
      new SignJWT(good).setProtectedHeader({ alg: "RS256" }).setExpirationTime("25h").sign(rsa.privateKey),
  ],
  [
    "that says it was made in the future, to look short-lived",
    () =>
      new SignJWT(good)
        .setProtectedHeader({ alg: "RS256" })
        .setIssuedAt(Math.floor(Date.now() / 1000) + 90_000)
        .setExpirationTime("26h")
        .sign(rsa.privateKey),
  ],
  ["of more than 8 KiB", () => sign({ ...good, padding: "x".repeat(8192) })],
  [
    "whose payload is not encoded",
    async () => sign(good, rsa.privateKey, { b64: false, crit: ["b64"] } as object).catch(() => "a.b.c"),
  ],
  ["cut short", async () => (await sign(good)).slice(0, -10)],
];

it.each(refused)("refuses a token %s, and keeps the reason to itself", async (_, make) => {
  const { status, body, log } = await ask(byPem, await make());
  expect(status).toBe(401);
  expect(body).not.toMatch(/exp|aud|iss|signature|crit|claim/i);
  expect(log).toMatchObject({ problem: "credentials-rejected" });
});

it("follows no address of keys that a token names, and takes no key from it", async () => {
  let asked = 0;
  const jwk = other.publicKey.export({ format: "jwk" });
  await using evil = await serve((_, answer) => {
    asked += 1;
    answer.end(JSON.stringify({ keys: [{ ...jwk, kid: "evil", alg: "RS256" }] }));
  });
  await using issuer = await serve((_, answer) => {
    answer.end(JSON.stringify({ keys: [{ ...rsa.publicKey.export({ format: "jwk" }), kid: "one" }] }));
  });
  const yaml = withIssuer(`jwks_url: "${issuer.url}"`);
  const headers = [{ jku: evil.url }, { x5u: evil.url }, { jwk }, { x5c: ["AAAA"] }];
  for (const header of headers) {
    const forged = await sign(good, other.privateKey, { kid: "evil", ...header } as object);
    expect((await ask(yaml, forged)).status, JSON.stringify(Object.keys(header))).toBe(401);
  }
  expect(asked).toBe(0);
});

it("tells the operator why a token was refused", async () => {
  const { log } = await ask(byPem, await sign(good, rsa.privateKey, { expires: "-1m" }));
  expect(log).toMatchObject({ reason: "jwt-expired" });
});

it("says that the issuer is away when its keys cannot be had, and refuses nobody for it", async () => {
  const { status, body } = await ask(withIssuer('jwks_url: "http://127.0.0.1:9/jwks"'), await sign(good));
  expect([status, body]).toEqual([503, expect.stringContaining("identity-provider-unavailable")]);
  await using broken = await serve((_, answer) => answer.writeHead(500).end());
  const second = await ask(withIssuer(`jwks_url: "${broken.url}"`), await sign(good));
  expect(second.status).toBe(503);
});
