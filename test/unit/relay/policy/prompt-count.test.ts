// How many prompts a request for older completions has.
import { expect, it } from "vitest";
import { promptsAt } from "../../../../server/relay/policy/prompt-count.ts";

const count = (json: string): number => promptsAt(Buffer.from(`${json},"n":[1,"2"]}`), 0);

it.each([
  ["a text", '"[\\"a\\",\\"b\\"]"', 1],
  ["a list of tokens", "[1, 2, 3]", 1],
  ["an empty list", "[]", 1],
  ["null", "null", 1],
  ["texts", ' ["a", "b" ,"c"]'.trim(), 3],
  ["texts with quotes, brackets and backslashes in them", '["\\"],[\\\\", "]", "\\\\\\""]', 3],
  ["lists of tokens", "[[1, 2], [3], []]", 3],
  ["one text in a list", '["a"]', 1],
])("%s", (_, json, expected) => {
  expect(count(json)).toBe(expected);
});

it("more than OpenAI takes are not counted", () => {
  expect(count(JSON.stringify(Array.from({ length: 5000 }, () => "a")))).toBe(2048);
});

it("a list too long to be looked at has as many as OpenAI takes, unless they are tokens", () => {
  expect(count(JSON.stringify(["a".repeat(2_000_000)]))).toBe(2048);
  expect(count(JSON.stringify(Array.from({ length: 300_000 }, () => 50_000)))).toBe(1);
});
