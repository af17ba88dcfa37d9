// Users read our words, never those of the schema library: their input is judged by parseInput.
import { expect, test } from "vitest";
import { sourceOf } from "../support/source.ts";

// What comes from elsewhere, and of which users are told nothing.
const others = new Set([
  "server/audit/anchored.ts", // an entry of the audit trail, which may have been tampered with
  "server/audit/chain.ts", // the same
  "server/auth/jwt/jwt-claims.ts", // roles in a token
  "server/auth/jwt/remote-keys.jose.ts", // an issuer's keys
  "server/doctor/models.ts", // OpenAI's answer
  "server/doctor/session.ts", // OpenAI's event
  "server/upstream/identity/token-exchange.ts", // OpenAI's answer
  "server/upstream/mint.openai.ts", // OpenAI's answer
  "server/upstream/organization.openai.ts", // OpenAI's answer
  "server/upstream/sdk.openai.ts", // OpenAI's answer
]);

test("an input of users is judged by parseInput", () => {
  const judging = sourceOf("server")
    .filter(({ path }) => path !== "server/json/parse-input.ts" && !others.has(path))
    .filter(({ text }) => /\.(?:safeParse|spa|parseAsync)\(/.test(text));
  expect(judging.map(({ path }) => path)).toEqual([]);
});

test("the message of an issue is read in one place", () => {
  const readers = sourceOf("server").filter(({ text }) => /\bissues\[|issue\.message/.test(text));
  expect(readers.map(({ path }) => path)).toEqual(["server/json/input-errors.ts"]);
});
