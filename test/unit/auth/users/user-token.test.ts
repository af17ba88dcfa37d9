// The form of users' tokens: what is made can be read, and what was not made cannot.
import { randomBytes } from "node:crypto";
import fc from "fast-check";
import { expect, it } from "vitest";
import { sameHash, tokenHasher } from "../../../../server/auth/users/token-hash.ts";
import {
  claimsToBeUserToken,
  newUserToken,
  parseUserToken,
} from "../../../../server/auth/users/user-token.ts";
import { redact } from "../../../../server/observe/redact.ts";
import { Secret } from "../../../../server/secret.ts";

/** A source of chance that repeats some bytes for ever. */
const repeating = (bytes: readonly number[]) => {
  let drawn = 0;
  return (count: number): Uint8Array =>
    Uint8Array.from({ length: count }, () => bytes[drawn++ % bytes.length] ?? 0);
};

// A byte of 248 and more is drawn again, so there must be a smaller one.
const chance = fc.array(fc.integer({ min: 0, max: 255 }), { minLength: 1 }).map((bytes) => [...bytes, 7]);

it("reads every token that it makes", () => {
  fc.assert(
    fc.property(chance, (bytes) => {
      const token = newUserToken(repeating(bytes));
      expect(token.text).toMatch(/^rkb_[A-Za-z0-9]{12}_[\w-]{43}$/);
      expect(parseUserToken(token.text)).toEqual(token);
    }),
  );
});

it("carries all 256 bits of chance in the secret", () => {
  fc.assert(
    fc.property(fc.uint8Array({ minLength: 32, maxLength: 32 }), (bytes) => {
      const token = newUserToken((count) => (count === 32 ? bytes : new Uint8Array(count)));
      expect(Buffer.from(token.text.slice(-43), "base64url")).toEqual(Buffer.from(bytes));
    }),
  );
});

it("reads no other text, and never throws", () => {
  fc.assert(
    fc.property(
      fc.oneof(
        fc.string(),
        fc.string({ unit: "binary" }).map((text) => `rkb_${text}`),
      ),
      (text) => {
        expect(parseUserToken(text)).toBeUndefined();
      },
    ),
  );
});

it("reads no token with a character changed into a foreign one, added or lost", () => {
  const foreign = fc.constantFrom(" ", ".", "=", "+", "/", "\n", "\u0000", "é", "%");
  const spot = fc.nat({ max: 59 });
  fc.assert(
    fc.property(chance, spot, foreign, (bytes, at, character) => {
      const { text } = newUserToken(repeating(bytes));
      expect(parseUserToken(text.slice(0, at) + character + text.slice(at + 1))).toBeUndefined();
      expect(parseUserToken(text.slice(0, at) + character + text.slice(at))).toBeUndefined();
      expect(parseUserToken(text.slice(0, at) + text.slice(at + 1))).toBeUndefined();
    }),
  );
});

it("has one text for each secret: the two bits that the last character has to spare are none", () => {
  const { text } = newUserToken(() => new Uint8Array(32));
  expect(text.endsWith("AA")).toBe(true);
  expect(parseUserToken(`${text.slice(0, -1)}B`)).toBeUndefined();
});

it("knows a token that means to be a user's by its beginning only", () => {
  expect(claimsToBeUserToken("rkb_")).toBe(true);
  for (const text of ["", "rkb", "RKB_x", " rkb_x", "eyJ.rkb_", "sk-rkb_"]) {
    expect(claimsToBeUserToken(text)).toBe(false);
  }
});

it("draws every letter of the prefix as often as any other", () => {
  const everyByte = repeating(Array.from({ length: 256 }, (_, byte) => byte));
  const chance = (count: number) => (count === 32 ? new Uint8Array(count) : everyByte(count));
  const letters = Array.from({ length: 62 }, () => newUserToken(chance).prefix).join("");
  const counts = Map.groupBy(letters, (letter) => letter);
  expect([...counts.values()].map(({ length }) => length)).toEqual(Array.from({ length: 62 }, () => 12));
});

it("is never logged, wherever it stands in a text", () => {
  const { text } = newUserToken(randomBytes);
  expect(redact(`bad token ${text}, it said`)).toBe("bad token [redacted], it said");
});

it("is hashed with the key: same key, same hash; another key, another hash and another name", () => {
  const token = newUserToken(randomBytes);
  const one = tokenHasher(new Secret("a key of thirty-two characters..")).hash(token);
  const same = tokenHasher(new Secret("a key of thirty-two characters..")).hash(token);
  const other = tokenHasher(new Secret("another key of 32 characters....")).hash(token);
  expect(sameHash(one, same)).toBe(true);
  expect(sameHash(one, other)).toBe(false);
  expect(one.keyId).not.toBe(other.keyId);
  expect(JSON.stringify(one)).not.toContain(token.text.slice(17));
});

it("equals no hash that is missing, empty or cut", () => {
  const presented = tokenHasher(new Secret("k")).hash(newUserToken(randomBytes));
  expect(sameHash(presented, undefined)).toBe(false);
  expect(sameHash({ ...presented, hash: "".padEnd(43, "-") }, undefined)).toBe(false);
  for (const hash of ["", presented.hash.slice(1), "".padEnd(43, "-"), `${presented.hash}é`]) {
    expect(sameHash(presented, { ...presented, hash })).toBe(false);
  }
});
