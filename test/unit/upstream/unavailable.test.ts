// What a caller is told when no key could be tried.
import { expect, it } from "vitest";
import type { PoolAvailability } from "../../../server/upstream/pool.ts";
import { unavailable } from "../../../server/upstream/unavailable.ts";
import { upstreamErrorOf } from "../../../server/upstream/upstream-error.ts";

it.each<[PoolAvailability, string, string, string | undefined]>([
  [{ kind: "no-key-has-model" }, "upstream-unavailable", "60", undefined],
  [{ kind: "limited", waitMs: 1500 }, "upstream-limited", "2", undefined],
  [{ kind: "away", waitMs: 1000 }, "upstream-unavailable", "1", "failed"],
  [{ kind: "refused", waitMs: 10_000 }, "upstream-unavailable", "10", undefined],
  [{ kind: "usable" }, "upstream-unavailable", "1", undefined],
])("%j", (availability, code, wait, outcome) => {
  const failure = unavailable(availability, { model: "m" });
  expect([failure.code, failure.headers["retry-after"]]).toEqual([code, wait]);
  expect(upstreamErrorOf(failure)?.outcome.kind).toBe(outcome);
});

it("a long model name is told in part", () => {
  const { detail } = unavailable({ kind: "no-key-has-model" }, { model: "m".repeat(1000) });
  expect(detail).toBe(`No configured key has the model ${"m".repeat(64)}.`);
});
