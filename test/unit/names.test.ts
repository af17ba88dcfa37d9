// What is said of a misspelt name.
import { expect, it } from "vitest";
import { nearestName, suggestNames } from "../../server/names.ts";

it.each([
  ["orderstatus", "order_status"],
  ["Order-Status", "order_status"],
  ["suport", "support"],
  ["alloyy", "alloy"],
  ["marn", "marin"],
])("%s means %s", (name, meant) => {
  expect(nearestName(name, ["convert_units", "order_status", "support", "alloy", "marin"])).toBe(meant);
});

it.each([
  ["weather", ["order_status"]],
  ["eu", ["us", "en"]],
  ["ab", ["abcd"]],
  ["team-2", ["team-1"]],
  ["gpt-realtime-2.2", ["gpt-realtime-2.1"]],
  ["x".repeat(10_000), ["x".repeat(9_999)]],
])("%s is not one of %s misspelt", (name, known) => {
  expect(nearestName(name, known)).toBeUndefined();
});

it("says what was meant, and what there is", () => {
  expect(suggestNames("suport", ["support", "sales"])).toBe(
    "; did you mean support? There are support, sales",
  );
  expect(suggestNames("cooking", ["support"])).toBe("; there are support");
  expect(suggestNames("cooking", [])).toBe("; there are none");
});

it("lists thirty, and how many more there are", () => {
  const names = Array.from({ length: 33 }, (_, index) => `n${index}`);
  expect(suggestNames("x", names)).toMatch(/, n28, n29 and 3 more$/);
});
