// When an alert is due.
import { expect, it } from "vitest";
import { thresholdOf, thresholdOfRefusal } from "../../../server/budgets/thresholds.ts";

it.each([
  [79, undefined],
  [80, 80],
  [89, 80],
  [90, 90],
  [100, 100],
  [140, 100],
])("%i of 100 have reached %s", (spent, threshold) => {
  expect(thresholdOf(spent, 100)).toBe(threshold);
});

it("what refuses a request at 90 percent is used up, and what has more is not", () => {
  expect(thresholdOfRefusal(90, 100)).toBe(100);
  expect(thresholdOfRefusal(89, 100)).toBe(80);
  expect(thresholdOfRefusal(10, 100)).toBeUndefined();
});
