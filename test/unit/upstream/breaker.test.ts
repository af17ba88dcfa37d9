// When a key counts as away for a family of endpoints: by whose failures, and by whose word.
import { describe, expect, it } from "vitest";
import {
  afterFailure,
  afterProbe,
  afterSuccess,
  type Breaker,
  closedBreaker,
  suspicionOf,
} from "../../../server/upstream/breaker.ts";
import type { FailureMode } from "../../../server/upstream/outcome.ts";

/** The failures one after the other, a millisecond apart, the first at 1. */
const failing = (
  callers: readonly string[],
  how: FailureMode | "other" = "gateway",
  from: Breaker = closedBreaker,
): Breaker =>
  callers.reduce(
    (breaker, callerId, index) => afterFailure(breaker, { callerId, how, begunAt: index + 1 }, index + 1),
    from,
  );

describe("a breaker", () => {
  it.each<[string, string[], Breaker["state"]]>([
    ["one caller's hundred failures", Array(100).fill("a"), "closed"],
    ["two failures of two callers", ["a", "b"], "closed"],
    ["three failures of two callers", ["a", "b", "a"], "suspect"],
    ["many of one and one of another", ["a", "a", "a", "a", "b"], "suspect"],
  ])("after %s is %s", (_, callers, state) => {
    expect(failing(callers).state).toBe(state);
  });

  it.each<[FailureMode | "other", Breaker["state"]]>([
    ["connection", "suspect"],
    ["gateway", "suspect"],
    ["timeout", "suspect"],
    ["error", "closed"],
    ["other", "closed"],
  ])("counts failures of the sort %s: %s", (how, state) => {
    expect(failing(["a", "b", "c", "d"], how).state).toBe(state);
  });

  it("begins anew after a success", () => {
    const between = afterSuccess(failing(["a", "b"]), 3);
    expect(failing(["a", "b"], "gateway", { ...between, since: 0 }).state).toBe("closed");
  });

  it("opens by a probe only, and closes by one", () => {
    const suspect = failing(["a", "b", "a"]);
    const open = afterProbe(suspect, false, 10);
    expect([open.state, afterProbe(open, false, 20)]).toEqual(["open", open]);
    expect(afterProbe(open, true, 20).state).toBe("closed");
    expect(afterProbe(suspect, true, 10).state).toBe("closed");
    expect(afterProbe(closedBreaker, false, 10).state).toBe("closed");
  });

  it("that a probe has closed leaves a suspicion, which a success ends", () => {
    const back = afterProbe(afterProbe(failing(["a", "b", "a"]), false, 10), true, 20);
    expect([suspicionOf(back, 20), suspicionOf(back, 5003)]).toEqual(["suspected", "trial-due"]);
    expect(suspicionOf(afterSuccess(back, 30), 30)).toBe("none");
  });

  it("hears nothing from requests that began before it changed", () => {
    const back = afterProbe(afterProbe(failing(["a", "b", "a"]), false, 10), true, 20);
    const late = afterFailure(back, { callerId: "c", how: "timeout", begunAt: 9 }, 25);
    expect(late).toBe(back);
    const prompt = afterFailure(back, { callerId: "c", how: "timeout", begunAt: 20 }, 25);
    expect(prompt.failures.requests).toBe(back.failures.requests + 1);
  });

  it("that no request has failed stays as it is after a success: failures of earlier requests still count", () => {
    expect(afterSuccess(closedBreaker, 10)).toBe(closedBreaker);
  });

  it("stays open however many requests fail meanwhile", () => {
    const open = afterProbe(failing(["a", "b", "a"]), false, 0);
    expect(failing(["a", "b", "c", "d"], "gateway", open).state).toBe("open");
  });
});

it("failures of any sort make a suspicion, where they are of several callers", () => {
  expect(suspicionOf(failing(Array(100).fill("a"), "error"), 100)).toBe("none");
  expect(suspicionOf(failing(["a", "a", "b"], "error"), 3)).toBe("suspected");
});
