// What is a JSON object.
import { expect, it } from "vitest";
import { isJsonRecord } from "../../../server/json/record.ts";

it("objects are, and neither null, arrays nor scalars", () => {
  expect([{}, JSON.parse('{"a":1}')].map(isJsonRecord)).toEqual([true, true]);
  expect([null, undefined, [], [{}], "{}", 1, true].some(isJsonRecord)).toBe(false);
});
