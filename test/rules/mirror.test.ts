// Unit tests mirror the source: the test of server/a/b.ts is test/unit/a/b.test.ts; an adapter may leave its second name out.
import { expect, test } from "vitest";
import { filesIn, readSource } from "../support/source.ts";

const sources = filesIn(["server"], ["ts"]);
const tests = new Set(filesIn(["test/unit"], ["test.ts"]));

test("every unit test is named after a file of the server", () => {
  const subjects = new Set(
    sources.flatMap((path) => [testOf(path), testOf(path.replace(/\.\w+\.ts$/, ".ts"))]),
  );
  expect([...tests].filter((path) => !subjects.has(path))).toEqual([]);
});

const testOf = (source: string): string =>
  source.replace(/^server\//, "test/unit/").replace(/\.ts$/, ".test.ts");

// What decides about money and other callers' data, and is easily broken.
const hard = /^server\/(?:http\/middleware|mint|relay\/cache|relay\/moderation)\/[\w-]+\.ts$/;

// Reached through sockets only. The list may only shrink.
const untested = new Set(["server/relay/moderation/batches.ts", "server/relay/moderation/text-fields.ts"]);

test("every larger file of the middleware, the mint, the cache and the moderation has a unit test", () => {
  const lines = (path: string): number => readSource(path).split("\n").length;
  const missing = sources.filter((path) => hard.test(path) && lines(path) > 40 && !tests.has(testOf(path)));
  expect(missing.filter((path) => !untested.has(path))).toEqual([]);
});
