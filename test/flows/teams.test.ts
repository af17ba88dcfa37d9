// Whose spending it is: the team of every kind of caller, as the request's log line has it.
import { randomBytes } from "node:crypto";
import { SignJWT } from "jose";
import { expect, it } from "vitest";
import { newUserToken } from "../../server/auth/users/user-token.ts";
import { createTestBroker, type TestBroker } from "../support/broker.ts";
import { signedRequest } from "../support/credentials.ts";
import { serveHost, startMounted } from "../support/mounted.ts";

const openai = "http://127.0.0.1:9/v1";
const secret = "a-secret-that-both-sides-know-0123456789";

const teamOf = async (broker: TestBroker, headers: Record<string, string>) => {
  const { status } = await broker.fetch("/tools", { headers });
  const { caller, team } = broker.logs.at(-1) ?? {};
  return { status, caller, team };
};
const bearer = (token: string) => ({ authorization: `Bearer ${token}` });

it("a token's, a signer's and a user's are as broker.yaml says", async () => {
  const { text } = newUserToken(randomBytes);
  const yaml = `
callers:
  tokens: [{ name: alice, token: alice-0123456789, team: platform }, { name: bob, token: bob-0123456789-bob }]
  signers: [{ name: shop, secret: ${secret}, team: "Shop & Care" }]
users: [{ name: carol, team: /engineering/voice, token: ${text} }]`;
  await using broker = await createTestBroker({ openai, yaml });
  const created = Math.floor(Date.now() / 1000);
  const { headers } = signedRequest({ secret, created });
  const seen = [
    await teamOf(broker, bearer("alice-0123456789")),
    await teamOf(broker, bearer("bob-0123456789-bob")),
    await teamOf(broker, headers as Record<string, string>),
    await teamOf(broker, bearer(text)),
  ];
  expect(seen).toEqual([
    { status: 200, caller: "token:alice", team: "platform" },
    { status: 200, caller: "token:bob", team: undefined },
    { status: 200, caller: "signer:shop", team: "Shop & Care" },
    { status: 200, caller: "user:carol", team: "/engineering/voice" },
  ]);
});

it("a JWT's is the claim that is named for it; what is no team's name refuses no one", async () => {
  const yaml = `callers: { issuers: [{ issuer: us, audience: voice, algorithms: [HS256], shared_secret: ${secret}, claims: { team: org.unit } }] }`;
  await using broker = await createTestBroker({ openai, yaml });
  const sign = (unit: unknown) =>
    new SignJWT({ org: { unit }, sub: "carol", aud: "voice", iss: "us" })
      .setProtectedHeader({ alg: "HS256" })
      .setIssuedAt()
      .setExpirationTime("5m")
      .sign(new TextEncoder().encode(secret));
  for (const [unit, team] of [["Sales EMEA", "Sales EMEA"], [["a", "b"]], ["x\ny"], [undefined]]) {
    expect(await teamOf(broker, bearer(await sign(unit)))).toEqual({
      status: 200,
      caller: "jwt:us#carol",
      team,
    });
  }
});

it("a host's caller has the one that the application says", async () => {
  const authenticate = () => ({ name: "ada", team: "care" });
  await using broker = await startMounted({ baseUrl: openai }, {}, { authenticate });
  await using host = await serveHost(broker.listener);
  expect((await fetch(`${host.url}/tools`)).status).toBe(200);
  expect(broker.lines.at(-1)).toMatchObject({ caller: "host:ada", team: "care" });
});

it("is refused in broker.yaml where it is no team's name, with what it may be", async () => {
  const yaml = 'callers: { tokens: [{ name: alice, token: alice-0123456789, team: "=1+1" }] }';
  await expect(createTestBroker({ openai, yaml })).rejects.toThrow(
    /callers\.tokens\[0\]\.team: must be 1 to 64 letters, digits, blanks/,
  );
});
