// Which signed tokens are accepted, until when, and how often their signature is checked.
import { generateKeyPairSync, type KeyObject } from "node:crypto";
import { createLocalJWKSet, errors, type JWTVerifyGetKey, SignJWT } from "jose";
import { describe, expect, it } from "vitest";
import { type IssuerConfig, issuerSchema } from "../../../../server/auth/jwt/issuers.ts";
import { claimedIssuer, jwtAuthenticator } from "../../../../server/auth/jwt/jwt.jose.ts";
import { credentialsWith, settle } from "../../../support/credentials.ts";

const NOW = 1_763_640_000;
const secret = "a-secret-that-two-servers-share-0123";
const issuer = issuerSchema.parse({
  ...{ issuer: "https://id.example.com", audience: "voice", algorithms: ["HS256"], shared_secret: secret },
  claims: { roles: ["scope"] },
});

/** An authenticator with a clock that is moved by hand. */
const open = (config: IssuerConfig = issuer, keys?: JWTVerifyGetKey) => {
  const time = { now: NOW * 1000 };
  const keysOf = () => keys ?? expect.fail("no keys are fetched here");
  const authenticate = jwtAuthenticator([config], { clock: { now: () => time.now }, keysOf });
  const answer = (bearer: string) => authenticate(credentialsWith({ bearer }));
  return { time, answer, enter: async (bearer: string) => settle(answer(bearer)) };
};
const sign = (changes: object = {}, alg = "HS256", key: Uint8Array | KeyObject = Buffer.from(secret)) =>
  new SignJWT({ iss: issuer.issuer, aud: "voice", sub: "jane", iat: NOW, exp: NOW + 600, ...changes })
    .setProtectedHeader({ alg, kid: "one" })
    .sign(key);

it("knows the caller with issuer, subject, roles and end", async () => {
  expect(await open().enter(await sign({ scope: "mint admin" }))).toEqual({
    ...{ kind: "jwt", id: "jwt:https://id.example.com#jane", issuer: issuer.issuer, subject: "jane" },
    ...{ endsAt: (NOW + 600) * 1000, roles: ["mint", "admin"] },
  });
});

it("accepts a token five seconds after its end, and cuts it off when these are over", async () => {
  const { time, enter } = open();
  const token = await sign();
  time.now = (NOW + 600) * 1000;
  expect(await enter(token)).toMatchObject({ endsAt: (NOW + 605) * 1000 });
  time.now = (NOW + 604) * 1000;
  expect(await enter(token)).toMatchObject({ endsAt: (NOW + 605) * 1000 });
  time.now = (NOW + 605) * 1000;
  await expect(enter(token)).rejects.toMatchObject({ cause: { reason: "jwt-expired" } });
});

it("checks the signature once a minute, and answers at once in between", async () => {
  const { time, answer, enter } = open();
  const token = await sign();
  expect(answer(token)).toBeTypeOf("function");
  await enter(token);
  time.now += 59_999;
  expect(answer(token)).toMatchObject({ kind: "jwt" });
  time.now += 1;
  expect(answer(token)).toBeTypeOf("function");
});

it.each([
  ["issued now", {}],
  ["without its time of issue", { iat: undefined }],
  ["of the future", { iat: NOW + 3600 }],
])("measures the lifetime of a token %s from now", async (_, changes) => {
  const longest = issuer.max_lifetime_seconds + 5;
  expect(await open().enter(await sign({ ...changes, exp: NOW + longest }))).toMatchObject({ kind: "jwt" });
  await expect(open().enter(await sign({ ...changes, exp: NOW + longest + 1 }))).rejects.toMatchObject({
    cause: { reason: "jwt-lifetime" },
  });
});

it("leaves tokens of other issuers, and what is no JWT, to the other authenticators", async () => {
  const { answer } = open();
  for (const bearer of [await sign({ iss: "https://other.example.com" }), "a.b.c", "alice-0123456789", ""]) {
    expect(answer(bearer)).toBeUndefined();
  }
});

const tokenOf = async (bytes: number): Promise<string> => {
  const padding = Math.floor(((bytes - (await sign({ pad: "" })).length) * 3) / 4);
  const lengths = [padding - 1, padding, padding + 1];
  const tokens = await Promise.all(lengths.map((length) => sign({ pad: "a".repeat(length) })));
  return tokens.find((token) => token.length === bytes) ?? expect.fail(`no token has ${bytes} bytes`);
};

it("reads no token of more than 8192 bytes", async () => {
  const { enter } = open();
  expect(await enter(await tokenOf(8192))).toMatchObject({ kind: "jwt" });
  await expect(enter(await tokenOf(8193))).rejects.toMatchObject({
    cause: { reason: "jwt-too-long", message: "the token is longer than 8192 bytes" },
  });
});

describe("refuses a token", () => {
  const longest = issuer.max_lifetime_seconds;
  it.each<[string, object, string, string]>([
    ["without a user", { sub: undefined }, "jwt-claims", "names no user: its claim sub is missing"],
    ["for another audience", { aud: "other" }, "jwt-audience", 'has aud "other"; expected: "voice"'],
    ["that has ended", { exp: NOW - 65 }, "jwt-expired", "expired at 2025-11-20T11:58:55.000Z, 65 s ago"],
    ["without an end", { exp: undefined }, "jwt-claims", '"exp"'],
    ["whose time has not come", { nbf: NOW + 6 }, "jwt-not-yet-valid", "on, in 6 s"],
    ["whose beginning is no time", { nbf: "now" }, "jwt-claims", '"nbf"'],
    ["whose time of issue is no time", { iat: "now" }, "jwt-claims", '"iat"'],
    ["that lives too long", { exp: NOW + longest + 6 }, "jwt-lifetime", `max_lifetime_seconds: ${longest}`],
  ])("%s", async (_, changes, reason, words) => {
    await expect(open().enter(await sign(changes))).rejects.toMatchObject({
      code: "credentials-rejected",
      cause: { reason, message: expect.stringContaining(words) },
    });
  });

  it("of another secret", async () => {
    const token = await sign({}, "HS256", Buffer.from(secret.toUpperCase()));
    await expect(open().enter(token)).rejects.toMatchObject({ cause: { reason: "jwt-signature" } });
  });

  it("of an algorithm that is not configured", async () => {
    const token = await sign({}, "HS512", Buffer.alloc(64));
    await expect(open().enter(token)).rejects.toMatchObject({
      cause: { reason: "jwt-algorithm", message: expect.stringContaining('by "HS512"; expected: HS256') },
    });
  });

  it("that is none", async () => {
    const [, payload] = (await sign()).split(".");
    await expect(open().enter(`e30.${payload}.x`)).rejects.toMatchObject({
      cause: { reason: "jwt-malformed" },
    });
  });
});

describe("an issuer with a public key", () => {
  const { publicKey, privateKey } = generateKeyPairSync("ec", { namedCurve: "P-256" });
  const signsES256 = { issuer: issuer.issuer, audience: "voice", algorithms: ["ES256"] };
  const pem = publicKey.export({ type: "spki", format: "pem" });
  const published = issuerSchema.parse({ ...signsES256, cooldown_seconds: 30 });
  const jwk = { ...publicKey.export({ format: "jwk" }), kid: "one", alg: "ES256" };

  it("has its tokens checked by the configured one", async () => {
    const { enter } = open(issuerSchema.parse({ ...signsES256, public_key: pem }));
    expect(await enter(await sign({}, "ES256", privateKey))).toMatchObject({ subject: "jane" });
    const other = generateKeyPairSync("ec", { namedCurve: "P-256" }).privateKey;
    await expect(enter(await sign({}, "ES256", other))).rejects.toMatchObject({
      cause: { reason: "jwt-signature" },
    });
  });

  it("has its tokens checked by the published one, in our time", async () => {
    const { enter } = open(published, createLocalJWKSet({ keys: [jwk] }));
    expect(await enter(await sign({}, "ES256", privateKey))).toMatchObject({ subject: "jane" });
    await expect(enter(await sign({ exp: NOW - 5 }, "ES256", privateKey))).rejects.toMatchObject({
      cause: { reason: "jwt-expired" },
    });
  });

  it("refuses a token whose key is not published", async () => {
    const { enter } = open(published, createLocalJWKSet({ keys: [] }));
    await expect(enter(await sign({}, "ES256", privateKey))).rejects.toMatchObject({
      code: "credentials-rejected",
      cause: { reason: "jwt-key-unknown", message: expect.stringContaining('kid "one"') },
    });
  });

  it.each([
    ["cannot be reached", new TypeError("fetch failed")],
    ["answers something else", new errors.JOSEError("Expected 200 OK from the JSON Web Key Set")],
    ["takes too long", new errors.JWKSTimeout()],
    ["answers no set of keys", new errors.JWKSInvalid("JSON Web Key Set malformed")],
    ["answers a key that is none", new errors.JWKInvalid()],
  ])("says when to come back while its provider %s", async (_, cause) => {
    const token = await sign({}, "ES256", privateKey);
    const failing = () => Promise.reject(cause);
    for (const [cooldown_seconds, seconds] of [
      [30, "30"],
      [0, "1"],
    ] as const) {
      await expect(open({ ...published, cooldown_seconds }, failing).enter(token)).rejects.toMatchObject({
        ...{ code: "identity-provider-unavailable", cause, headers: { "retry-after": seconds } },
      });
    }
  });
});

it("leaves requests without a bearer to the other authenticators", () => {
  const ports = { clock: { now: () => 0 }, keysOf: () => expect.fail("no keys are fetched here") };
  expect(jwtAuthenticator([issuer], ports)(credentialsWith())).toBeUndefined();
  expect(jwtAuthenticator([], ports)(credentialsWith({ bearer: "x" }))).toBeUndefined();
});

it.each([" a.b.c", '"a.b.c', "a.b.c ", "a.b.c="])("reads no issuer around a token in %j", async (text) => {
  expect(claimedIssuer(text.replace("a.b.c", await sign()))).toBeUndefined();
});

it.each(["", "a.b", "a.b.c.d", "e30.e30.", ".e30.x", "e30.W10.x", "e30.eyJpc3MiOjF9.x", "e30.!.x"])(
  "reads no issuer from %j",
  (text) => {
    expect(claimedIssuer(text)).toBeUndefined();
  },
);
