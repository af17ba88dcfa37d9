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

it.each([
  ["a JWKS address of one more letter", "algorithms: [RS256], jwks_url: 'https2://i/j'", "jwks_url"],
  [
    "a JWKS address of another scheme with http in it",
    "algorithms: [RS256], jwks_url: 'xhttp://i/j'",
    "jwks_url",
  ],
  ["an audience without a name", "audience: [''], algorithms: [RS256]", "audience"],
  ["no audience in a list", "audience: [], algorithms: [RS256]", "audience"],
  ["a lifetime of no time", "algorithms: [RS256], max_lifetime_seconds: 0", "max_lifetime_seconds"],
  ["a negative cool-down", "algorithms: [RS256], cooldown_seconds: -1", "cooldown_seconds"],
  ["a cool-down of more than an hour", "algorithms: [RS256], cooldown_seconds: 3601", "cooldown_seconds"],
])("refuses %s", (_, fields, field) => {
  const yaml = `callers: { issuers: [{ issuer: "https://i/", ${fields.includes("audience:") ? "" : "audience: voice, "}${fields} }] }`;
  expect(problemsIn(yaml)).toEqual([expect.stringContaining(`callers.issuers[0].${field}`)]);
});

it.each([
  "max_lifetime_seconds: 1",
  "max_lifetime_seconds: 600000",
  "cooldown_seconds: 0",
  "cooldown_seconds: 3600",
  'jwks_url: "http://i/j"',
])("takes %s", (field) => {
  expect(problemsWith(`algorithms: [RS256], ${field}`)).toEqual([]);
});

it("takes several audiences, and any issuer's name where its keys are given", () => {
  const issuerOf = (fields: string) =>
    problemsIn(`callers: { issuers: [{ ${fields}, algorithms: [RS256] }] }`);
  expect(issuerOf('issuer: "http://i", audience: [voice, chat]')).toEqual([]);
  expect(issuerOf('issuer: our-backend, audience: voice, jwks_url: "https://i/j"')).toEqual([]);
});

it("names the algorithm that does not fit, by its place, and those that do", () => {
  expect(problemsWith(`algorithms: [HS256, ES256], shared_secret: ${secret}`)).toEqual([
    "callers.issuers[0].algorithms[1]: ES256 does not go with shared_secret; use one of HS256, HS384, HS512",
  ]);
});

it.each(["issuer", "audience", "algorithms"])("wants %s", (field) => {
  const all = { issuer: '"https://i/"', audience: "voice", algorithms: "[RS256]", jwks_url: '"https://i/j"' };
  const fields = Object.entries(all).filter(([name]) => name !== field);
  const yaml = fields.map(([name, value]) => `${name}: ${value}`).join(", ");
  expect(problemsIn(`callers: { issuers: [{ ${yaml} }] }`)).toEqual([
    expect.stringMatching(`^callers\\.issuers\\[0\\]\\.${field}: `),
  ]);
});

it.each([...["our-backend", "https://i/?a=1", "https://i/#a", "https://i /", "urn:https://i/"]])(
  "does not take %s for the address of a discovery document",
  (issuer) => {
    const yaml = `callers: { issuers: [{ issuer: "${issuer}", audience: voice, algorithms: [RS256] }] }`;
    expect(problemsIn(yaml)).toEqual([
      "callers.issuers[0].issuer: is no address to find keys at; set jwks_url, public_key or shared_secret",
    ]);
  },
);
