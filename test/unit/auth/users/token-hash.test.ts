// The keyed hashes that the database has in place of users' tokens.
import { randomBytes } from "node:crypto";
import { expect, it } from "vitest";
import { sameHash, tokenHasher } from "../../../../server/auth/users/token-hash.ts";
import { newUserToken } from "../../../../server/auth/users/user-token.ts";
import { Secret } from "../../../../server/secret.ts";

const hasher = tokenHasher(new Secret("the key of the tokens' hashes..."));
const token = newUserToken(randomBytes);

it("is the same for a token each time, and another for another token or key", () => {
  const { hash } = hasher.hash(token);
  expect(hasher.hash({ ...token }).hash).toBe(hash);
  expect(hasher.hash(newUserToken(randomBytes)).hash).not.toBe(hash);
  expect(tokenHasher(new Secret("another key")).hash(token).hash).not.toBe(hash);
});

it("reveals neither the token nor the key, and stays readable for the databases of today", () => {
  const fixed = { prefix: "AAAAAAAAAAAA", text: `rkb_AAAAAAAAAAAA_${"A".repeat(43)}` };
  const hashed = tokenHasher(new Secret("key")).hash(fixed);
  // HMAC-SHA256 in base64url. A change of it would end all tokens.
  expect(hashed).toEqual({ keyId: "OhoHw-W0", hash: "mwR8y-feGL1x_Q8Yvl6aUtaUvhaNxrrcxMXJ5MNBqYQ" });
  expect(JSON.stringify(hasher.hash(token))).not.toContain(token.text.slice(17));
});

it("names its key, so that a changed key is recognised", () => {
  expect(hasher.hash(token).keyId).toBe(hasher.keyId);
  expect(tokenHasher(new Secret("another key")).keyId).not.toBe(hasher.keyId);
});

it("is the same as a stored hash only where all of it is", () => {
  const presented = hasher.hash(token);
  const { hash } = presented;
  expect(sameHash(presented, { ...presented })).toBe(true);
  for (const other of [hash.slice(1), `${hash}A`, `A${hash.slice(1)}A`, "", "-".repeat(hash.length)]) {
    expect(sameHash(presented, { ...presented, hash: other })).toBe(false);
  }
  expect(sameHash(presented, undefined)).toBe(false);
  // As long as the text that is compared where nothing is stored.
  expect(sameHash({ ...presented, hash: "-".repeat(hash.length) }, undefined)).toBe(false);
});
