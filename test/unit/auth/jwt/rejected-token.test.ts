// What the log says of a token that was rejected.
import { expect, it } from "vitest";
import { issuerSchema } from "../../../../server/auth/jwt/issuers.ts";
import {
  expired,
  notYetValid,
  noUser,
  unknownIssuer,
  unknownKey,
  wrongAlgorithm,
  wrongAudience,
} from "../../../../server/auth/jwt/rejected-token.ts";

const issuer = issuerSchema.parse({
  ...{ issuer: "https://id.example.com", audience: ["voice", "chat"], algorithms: ["RS256", "ES256"] },
  claims: { user: "email", audience: "azp" },
});
const named = 'the token of "https://id.example.com"';

it("an audience is told beside those that are expected, from the claim that is configured", () => {
  expect(wrongAudience({ azp: ["a", "b"], aud: "c" }, issuer)).toBe(
    `${named} has azp ["a","b"]; expected: "voice", "chat"`,
  );
  expect(wrongAudience({ aud: "c" }, issuer)).toBe(`${named} has azp none; expected: "voice", "chat"`);
});

it("a user that is missing is told from one that is no name", () => {
  expect(noUser({}, issuer)).toBe(`${named} names no user: its claim email is missing`);
  expect(noUser({ email: { a: 1 } }, issuer)).toBe(
    `${named} names no user: its claim email is {"a":1}, which is no name`,
  );
});

it("times are told as dates, and whatever is none as it stands", () => {
  expect(expired({ exp: 1_763_640_000 }, issuer, 1_763_640_060_500)).toBe(
    `${named} expired at 2025-11-20T12:00:00.000Z, 60 s ago`,
  );
  expect(notYetValid({ nbf: 1e300 }, issuer, 0)).toContain("from 1e+300 on");
});

it("algorithm and key are told as the token's head has them", () => {
  expect(wrongAlgorithm("none", issuer)).toBe(`${named} is signed by "none"; expected: RS256, ES256`);
  expect(unknownKey(undefined, issuer)).toMatch(/fits the token's kid none$/);
});

it("issuers that are configured are told, the first five of many", () => {
  const many = Array.from({ length: 7 }, (_, index) => ({ issuer: `i${index}` }));
  expect(unknownIssuer("x", many)).toMatch(/configured: "i0", "i1", "i2", "i3", "i4" and 2 more$/);
  expect(unknownIssuer("x", [])).toMatch(/configured: none$/);
});

it("what callers chose is cut short, printable, and shows no key", () => {
  const text = wrongAudience({ azp: `\u009b sk-abcdefgh12345678 ${"x".repeat(8000)}` }, issuer);
  expect(text).toMatch(/azp "\? \[redacted\] x+; expected/);
  expect(text.length).toBeLessThan(300);
});
