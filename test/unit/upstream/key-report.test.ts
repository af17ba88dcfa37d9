// What the operator learns of a key.
import { expect, it } from "vitest";
import { keyReporter } from "../../../server/upstream/key-report.ts";
import type { KeyChange } from "../../../server/upstream/key-state.ts";

const setUp = () => {
  const told: unknown[][] = [];
  const reporter = keyReporter({
    settingOf: (key) => `SECRET_OF_${key}`,
    log: { write: (level, message, fields) => told.push([level, message, fields]) },
    metrics: {
      upstreamKeyUsable: (...gauge) => told.push(["usable", ...gauge]),
      upstreamBreakerOpen: (...gauge) => told.push(["open", ...gauge]),
      upstreamKeyGone: (...gauge) => told.push(["gone", ...gauge]),
    },
  });
  return { reporter, told };
};

it("the gauges are there from the start", () => {
  const { reporter, told } = setUp();
  reporter.begin("a");
  expect(told[0]).toEqual(["usable", "a", true]);
  const families = ["mints", "calls", "models", "moderations", "data"];
  expect(told.slice(1)).toEqual(families.map((family) => ["open", "a", family, false]));
});

it.each<[KeyChange, unknown[]]>([
  [
    { kind: "out", family: "mints" },
    [
      "warn",
      "upstream-key-out",
      { key: "a", family: "mints", reason: expect.stringContaining("cannot be reached") },
    ],
  ],
  [{ kind: "back", family: "mints" }, ["info", "upstream-key-back", { key: "a", family: "mints" }]],
  [
    { kind: "invalid" },
    [
      "warn",
      "upstream-key-out",
      { key: "a", setting: "SECRET_OF_a", reason: expect.stringContaining("401") },
    ],
  ],
  [{ kind: "valid" }, ["info", "upstream-key-back", { key: "a" }]],
  [
    { kind: "no-quota" },
    ["warn", "upstream-key-out", { key: "a", reason: expect.stringContaining("money") }],
  ],
  [{ kind: "quota" }, ["info", "upstream-key-back", { key: "a" }]],
  [
    { kind: "limited", model: "m".repeat(100), waitMs: 1500 },
    ["warn", "upstream-key-limited", { key: "a", model: "m".repeat(64), seconds: 2 }],
  ],
  [
    { kind: "restricted", endpoint: "write responses" },
    ["warn", "upstream-key-restricted", { key: "a", endpoint: "write responses" }],
  ],
])("%j is a log line", (change, line) => {
  const { reporter, told } = setUp();
  reporter.change("a", change, false);
  expect(told[0]).toEqual(["usable", "a", false]);
  expect(told.at(-1)).toEqual(line);
});

it("the gauge of a family's breaker says whether the key is out", () => {
  const { reporter, told } = setUp();
  for (const kind of ["out", "back"] as const) reporter.change("a", { kind, family: "mints" }, true);
  expect(told.filter(([gauge]) => gauge === "open")).toEqual([
    ["open", "a", "mints", true],
    ["open", "a", "mints", false],
  ]);
});

it("a suspicion is not worth a line", () => {
  const { reporter, told } = setUp();
  reporter.change("a", { kind: "suspect", family: "mints" }, true);
  expect(told).toEqual([["usable", "a", true]]);
});
