// Which signed tokens are accepted, until when, and how often their signature is checked.
import { SignJWT } from "jose";
import { expect, it } from "vitest";
import { issuerSchema } from "../../../../server/auth/jwt/issuers.ts";
import { claimedIssuer, jwtAuthenticator } from "../../../../server/auth/jwt/jwt.jose.ts";
import { credentialsWith, settle } from "../../../support/credentials.ts";

const NOW = 1_763_640_000;
const secret = "a-secret-that-two-servers-share-0123";
const issuer = issuerSchema.parse({
  ...{ issuer: "https://id.example.com", audience: "voice", algorithms: ["HS256"], shared_secret: secret },
  claims: { roles: ["scope"] },
});

/** An authenticator with a clock that is moved by hand. */
const open = () => {
  const time = { now: NOW * 1000 };
  const keysOf = () => {
    throw new Error("no keys are fetched here");
  };
  const authenticate = jwtAuthenticator([issuer], { clock: { now: () => time.now }, keysOf });
  const answer = (bearer: string) => authenticate(credentialsWith({ bearer }));
  return { time, answer, enter: async (bearer: string) => settle(answer(bearer)) };
};
const sign = (changes: object = {}) =>
  new SignJWT({ iss: issuer.issuer, aud: "voice", sub: "jane", iat: NOW, exp: NOW + 600, ...changes })
    .setProtectedHeader({ alg: "HS256" })
    .sign(Buffer.from(secret));

it("knows the caller with issuer, subject, roles and end", async () => {
  expect(await open().enter(await sign({ scope: "mint admin" }))).toEqual({
    ...{ kind: "jwt", id: "jwt:https://id.example.com#jane", issuer: issuer.issuer, subject: "jane" },
    ...{ endsAt: (NOW + 600) * 1000, roles: ["mint", "admin"] },
  });
});

it("accepts a token five seconds after its end, and cuts it off when these are over", async () => {
  const { time, enter } = open();
  const token = await sign();
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

it.each(["", "a.b", "a.b.c.d", "e30.e30.", ".e30.x", "e30.W10.x", "e30.eyJpc3MiOjF9.x", "e30.!.x"])(
  "reads no issuer from %j",
  (text) => {
    expect(claimedIssuer(text)).toBeUndefined();
  },
);
