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
  onCounted("insurance");
  onCounted("insurance", new Error("late"));
  expect(counted).toEqual(["redis", "insurance", "insurance"]);
});

it("writes one line when it begins to count alone, and one when Redis counts again", () => {
  const { lines, onCounted } = setUp();
  for (const by of ["redis", "insurance", "insurance", "redis", "redis", "insurance"] as const) onCounted(by);
  const alone = [
    "warn",
    "limits-insured",
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
  onCounted("insurance", new Error("late"));
  onCounted("redis");
  expect(lines).toEqual([]);
});
