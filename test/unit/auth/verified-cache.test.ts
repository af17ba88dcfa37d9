// Which signed tokens are remembered as good, and for how long.
import { inspect } from "node:util";
import { expect, it } from "vitest";
import type { Caller } from "../../../server/auth/caller.ts";
import { createVerifiedCache } from "../../../server/auth/verified-cache.ts";

const jane: Caller = {
  kind: "jwt",
  id: "jwt:i#jane",
  issuer: "i",
  subject: "jane",
  endsAt: 1,
  roles: [],
};
const now = Date.parse("2026-11-20T12:00:00Z");
const seconds = now / 1000;

it("remembers a token for a minute, and then wants to see it verified again", () => {
  const tokens = createVerifiedCache();
  expect(tokens.find("a", now)).toBeUndefined();
  tokens.remember("a", jane, seconds + 3600, now);
  expect(tokens.find("a", now + 59_999)).toEqual(jane);
  expect(tokens.find("a", now + 60_000)).toBeUndefined();
  expect(tokens.find("a", now)).toBeUndefined();
});

it("never remembers a token beyond its own expiry", () => {
  const tokens = createVerifiedCache();
  tokens.remember("a", jane, seconds + 10, now);
  expect(tokens.find("a", now + 9_999)).toEqual(jane);
  expect(tokens.find("a", now + 10_000)).toBeUndefined();
});

it("knows a token to the letter", () => {
  const tokens = createVerifiedCache();
  tokens.remember("a.b.c", jane, seconds + 60, now);
  for (const other of ["a.b.C", "a.b.c ", "a.b", ""]) expect(tokens.find(other, now)).toBeUndefined();
});

it("forgets the oldest when there are ten thousand", () => {
  const tokens = createVerifiedCache();
  for (let index = 0; index <= 10_000; index += 1) tokens.remember(`t${index}`, jane, seconds + 60, now);
  expect(tokens.find("t0", now)).toBeUndefined();
  expect(tokens.find("t1", now)).toEqual(jane);
  expect(tokens.find("t10000", now)).toEqual(jane);
});

it("holds no token that a look into memory could show", () => {
  const tokens = createVerifiedCache();
  tokens.remember("very-secret-token", jane, seconds + 60, now);
  expect(inspect(tokens, { depth: 9, showHidden: true })).not.toContain("very-secret");
});
