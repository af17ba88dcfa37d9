// Every fenced block of the documentation is run by a test, or says why not.
import { expect, test } from "vitest";
import { newUserToken } from "../../server/auth/users/user-token.ts";
import { problemsIn } from "../support/configuration.ts";
import { examplesIn } from "../support/documentation.ts";
import { filesIn, readSource } from "../support/source.ts";

// CONTRIBUTING.md has a test of its own, and the reference is made of the sources.
const documents = filesIn([".", "docs", "client", "examples"], ["md"]).filter(
  (path) => path !== "CONTRIBUTING.md" && !path.startsWith("docs/reference/"),
);
const examples = documents.flatMap(examplesIn);
const tests = filesIn(["test"], ["ts"]).map((path) => readSource(path));
const LOADS = "example: broker.yaml";

test("every example has a test that names it, or says why it is not run", () => {
  expect(examples.length).toBeGreaterThan(30);
  const naming = (document: string, name: string) =>
    tests.some((text) => text.includes(`"${document}"`)) &&
    tests.some((text) => text.includes(`example: ${name} -->`) || text.includes(`"${name}"`));
  const without = examples.filter(({ document, marker }) => {
    if (/^not run: \S/.test(marker) || marker === LOADS) return false;
    const [, name] = /^example: (.+)$/.exec(marker) ?? [];
    return name === undefined || !naming(document, name.replace(/^examples\//, ""));
  });
  expect(without.map(({ at, marker }) => `${at} ${marker}`)).toEqual([]);
});

test.each(examples.filter(({ marker }) => marker === LOADS))("$at loads as broker.yaml", ({ text }) => {
  const names = [...text.matchAll(/(?<!\$)\$\{(\w+)\}/g)].map(([, name = ""]) => name);
  // As long as the longest that is asked for, and in the form of a user's token.
  const { text: value } = newUserToken((count) => new Uint8Array(count));
  const env = Object.fromEntries(names.map((name) => [name, value]));
  expect(problemsIn(text, env)).toEqual([]);
});
