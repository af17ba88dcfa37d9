// Labels of metrics that have an end.
import { expect, it } from "vitest";
import { boundedLabel } from "../../../server/observe/labels.ts";

it("a bounded label keeps the names that came first", () => {
  const label = boundedLabel(2);
  expect(["a", "b", "c", "a", "c", "b"].map(label)).toEqual(["a", "b", "other", "a", "other", "b"]);
});
