// What the operator reads when a replica begins to count alone, and when Redis counts again.
import { expect, it } from "vitest";
import { fallbackReport } from "../../../server/limits/fallback-report.ts";

const setUp = () => {
  const lines: unknown[] = [];
  const counted: string[] = [];
  const onCounted = fallbackReport(
    { write: (...line) => void lines.push(line) },
    { limitsCounted: (by) => void counted.push(by) },
  );
  return { lines, counted, onCounted };
};

it("counts each count in the metrics, by where it was counted", () => {
  const { counted, onCounted } = setUp();
  onCounted("redis");
  onCounted("fallback");
  onCounted("fallback", new Error("late"));
  expect(counted).toEqual(["redis", "fallback", "fallback"]);
});

it("writes one line when it begins to count alone, and one when Redis counts again", () => {
  const { lines, onCounted } = setUp();
  for (const by of ["redis", "fallback", "fallback", "redis", "redis", "fallback"] as const) onCounted(by);
  const alone = [
    "warn",
    "limits-fallback",
    {
      setting: "REDIS_URL",
      reason: "it does not answer",
      effect: "each replica gives out limits.share_without_redis of each limit",
    },
  ];
  expect(lines).toEqual([alone, ["info", "limits-shared-again", {}], alone]);
});

it("writes nothing for one late answer", () => {
  const { lines, onCounted } = setUp();
  onCounted("fallback", new Error("late"));
  onCounted("redis");
  expect(lines).toEqual([]);
});
