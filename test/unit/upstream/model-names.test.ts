// Which models an operator's list names.
import { expect, it } from "vitest";
import { namesModel } from "../../../server/upstream/model-names.ts";

it.each([
  [["gpt-5"], "gpt-5", true],
  [["gpt-5"], "gpt-5-mini", false],
  [["gpt-5*"], "gpt-5-mini", true],
  [["gpt-5*"], "gpt-5", true],
  [["*"], "anything", true],
  [["a*b"], "axb", false],
  [["a", "b"], "b", true],
  [[], "a", false],
])("%j names %s: %s", (names, model, isNamed) => {
  expect(namesModel(names, model)).toBe(isNamed);
});
