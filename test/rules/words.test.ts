// The field's words stand in names, comments and documents; private ones that the project once used do not come back.
import { expect, test } from "vitest";
import { filesIn, readSource } from "../support/source.ts";

// Each with the word to use in its place.
const privateWords: Record<string, RegExp> = {
  "the caller, they": /\b(?:he|his|him|whoever|somebody)\b/i,
  "middleware, authenticator": /\b\w*doors?\b/i,
  "key request": /\bwish(?:es)?\b/i,
  "address hash": /\bveil|Veil/,
  loopback: /localit(?:y|ies)/i,
  "user cache": /\badmissions\b/i,
  "cache key": /sameness/i,
  "single-flight, subscriber": /passenger|\baboard\b|boarding/i,
  "header allow-list": /fields(?:Going|Coming)/,
  "request body: buffered, streaming": /intake/i,
  "deadline, time budget": /\bpatience|Patience/,
  "limit state, count": /\b(?:standings?|tally|tallies)\b/i,
  "circuit breaker, fallback": /\b(?:hope|insured)/i,
  deprecations: /shutdowns/i,
};

// The change log names what was renamed, and this rule what it forbids.
const unclean = new Set(["CHANGELOG.md", "test/rules/words.test.ts"]);

const files = filesIn(
  ["server", "client", "emulator", "web-demo", "web-admin", "bench", "scripts", "test"],
  ["ts", "tsx", "js", "css", "html", "md"],
)
  .concat(filesIn([".", "docs"], ["md", "yaml"]))
  .filter((path) => !unclean.has(path));

test.each(Object.entries(privateWords))("it is called %s", (_, word) => {
  const found = files.flatMap((path) =>
    readSource(path)
      .split("\n")
      .flatMap((line, index) => (word.test(line) ? [`${path}:${index + 1}: ${line.trim()}`] : [])),
  );
  expect(found).toEqual([]);
});
