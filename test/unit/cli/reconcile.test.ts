// Which days `broker usage reconcile` compares, and what it refuses.
import { expect, it } from "vitest";
import { readReconcile } from "../../../server/cli/reconcile.ts";

const NOW = Date.parse("2026-11-21T14:30:00Z");
const rangeOf = (...words: string[]) => {
  const { since, until } = readReconcile(words, NOW);
  return [since, until].map((at) => new Date(at).toISOString());
};

it("compares whole days in UTC, today among them unless --until says otherwise", () => {
  expect(rangeOf()).toEqual(["2026-11-14T00:00:00.000Z", "2026-11-22T00:00:00.000Z"]);
  expect(rangeOf("--since", "2026-11-01", "--until", "2026-11-08")).toEqual([
    "2026-11-01T00:00:00.000Z",
    "2026-11-08T00:00:00.000Z",
  ]);
  expect(rangeOf("--since", "3d", "--until", "1d")).toEqual([
    "2026-11-18T00:00:00.000Z",
    "2026-11-20T00:00:00.000Z",
  ]);
});

it("takes projects", () => {
  const words = ["--project", "proj_1", "--project", "proj_2", "--json"];
  expect(readReconcile(words, NOW)).toMatchObject({ projects: ["proj_1", "proj_2"], json: true });
});

it.each([
  ["--since: must be a day such as", "--since", "yesterday"],
  ["--since: must be a day such as", "--since", "2026-13-01"],
  ["--since: must be a day before --until", "--since", "2026-11-21", "--until", "2026-11-21"],
  ["--since: at most 366 days", "--since", "2020-01-01"],
  ["Unknown option '--by'", "--by", "user"],
])("refuses with %j", (message, ...words) => {
  expect(() => readReconcile(words, NOW)).toThrow(message);
});
