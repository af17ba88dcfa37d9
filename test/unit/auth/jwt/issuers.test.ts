// What the configuration of an identity provider must say, and which combinations are traps.
import { generateKeyPairSync } from "node:crypto";
import { expect, it } from "vitest";
import { problemsIn } from "../../../support/configuration.ts";

const { publicKey, privateKey } = generateKeyPairSync("ec", { namedCurve: "P-256" });
const pem = JSON.stringify(publicKey.export({ type: "spki", format: "pem" }));
const privatePem = JSON.stringify(privateKey.export({ type: "pkcs8", format: "pem" }));
const secret = "0123456789abcdef0123456789abcdef";

const problemsWith = (fields: string) =>
  problemsIn(`callers: { issuers: [{ issuer: "https://i/", audience: voice, ${fields} }] }`);

it.each([
  `algorithms: [RS256, ES256], jwks_url: "https://i/jwks.json"`,
  `algorithms: [ES256], public_key: ${pem}`,
  `algorithms: [HS256], shared_secret: ${secret}`,
  "algorithms: [RS256]",
])("takes one way to know the signature: %s", (fields) => {
  expect(problemsWith(fields)).toEqual([]);
});

it.each([
  ["two ways", `algorithms: [RS256], jwks_url: "https://i/j", public_key: ${pem}`, "set one of"],
  [
    "HS256 with a public key",
    `algorithms: [ES256, HS256], public_key: ${pem}`,
    "HS256 does not go with a public key",
  ],
  [
    "HS256 with a JWKS address",
    `algorithms: [HS256], jwks_url: "https://i/j"`,
    "HS256 does not go with a public key",
  ],
  [
    "RS256 with a shared secret",
    `algorithms: [RS256], shared_secret: ${secret}`,
    "RS256 does not go with shared_secret",
  ],
  ["no algorithm", `algorithms: [], jwks_url: "https://i/j"`, "algorithms"],
  ["alg none", `algorithms: [none], jwks_url: "https://i/j"`, "algorithms[0]"],
  ["a private key", `algorithms: [ES256], public_key: ${privatePem}`, "must be a public key in PEM"],
  [
    "a key that is no key",
    "algorithms: [ES256], public_key: '-----BEGIN PUBLIC KEY-----'",
    "must be a public key in PEM",
  ],
  ["a file as JWKS address", "algorithms: [ES256], jwks_url: 'file:///etc/passwd'", "jwks_url"],
  ["a short secret", "algorithms: [HS256], shared_secret: 0123456789abcdef", "at least 32 characters"],
])("refuses %s", (_, fields, says) => {
  const problems = problemsWith(fields);
  expect(problems).toHaveLength(1);
  expect(problems[0]).toMatch(/^callers\.issuers\[0\]/);
  expect(problems[0]).toContain(says);
});

it.each(["issuer", "audience", "algorithms"])("wants %s", (field) => {
  const all = { issuer: '"https://i/"', audience: "voice", algorithms: "[RS256]", jwks_url: '"https://i/j"' };
  const fields = Object.entries(all).filter(([name]) => name !== field);
  const yaml = fields.map(([name, value]) => `${name}: ${value}`).join(", ");
  expect(problemsIn(`callers: { issuers: [{ ${yaml} }] }`)).toEqual([
    expect.stringMatching(`^callers\\.issuers\\[0\\]\\.${field}: `),
  ]);
});

it("takes no name for the address of a discovery document", () => {
  const yaml = "callers: { issuers: [{ issuer: our-backend, audience: voice, algorithms: [RS256] }] }";
  expect(problemsIn(yaml)).toEqual([
    "callers.issuers[0].issuer: is no address to find keys at; set jwks_url, public_key or shared_secret",
  ]);
});
