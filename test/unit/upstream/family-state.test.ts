// What is known about a key for one family of endpoints: whose failures count, and what the operator is told.
import { expect, it } from "vitest";
import { type BreakerChange, createFamilyState } from "../../../server/upstream/family-state.ts";
import type { FailureMode } from "../../../server/upstream/outcome.ts";

const setUp = () => {
  let now = 0;
  const changes: BreakerChange[] = [];
  const family = createFamilyState(
    () => now,
    (change) => changes.push(change),
  );
  return {
    family,
    changes,
    fail: (callers: string[], how: FailureMode = "gateway") => {
      for (const callerId of callers) family.failed({ callerId, how, begunAt: now });
    },
    pass: (ms: number) => {
      now += ms;
    },
  };
};

it("a suspicion, an outage and its end are told once each", () => {
  const { family, changes, fail } = setUp();
  fail(["a", "b", "c", "d"]);
  expect([family.breakerState(), changes.splice(0)]).toEqual(["suspect", ["suspect"]]);
  for (const isReachable of [false, false]) family.probed(isReachable);
  expect([family.breakerState(), changes.splice(0)]).toEqual(["open", ["out"]]);
  for (const isReachable of [true, true]) family.probed(isReachable);
  expect([family.breakerState(), changes]).toEqual(["closed", ["back"]]);
});

it("a suspicion that a probe or a success ends is not told as a return", () => {
  const { family, changes, fail } = setUp();
  fail(["a", "b", "c"]);
  family.probed(true);
  fail(["a", "b", "c"]);
  family.succeeded("a");
  expect([family.breakerState(), changes]).toEqual(["closed", ["suspect", "suspect"]]);
});

it("a caller's own failures count for that caller, and those of several for all", () => {
  const { family, fail, pass } = setUp();
  const suspicions = () => ["a", "w"].map((callerId) => family.suspicionFor(callerId));
  fail(["a", "a", "a"], "error");
  expect(suspicions()).toEqual(["suspected", "none"]);
  family.succeeded("a");
  expect(suspicions()).toEqual(["none", "none"]);
  fail(["x", "y", "z"], "error");
  expect(suspicions()).toEqual(["suspected", "suspected"]);
  pass(5000);
  expect(suspicions()).toEqual(["trial-due", "trial-due"]);
});
