// When a key counts as away or suspected for a family of endpoints: by whose failures, for whom, and by whose word.
import { describe, expect, it } from "vitest";
import { type BreakerChange, type BreakerState, createBreaker } from "../../../server/upstream/breaker.ts";
import type { FailureMode } from "../../../server/upstream/outcome.ts";

const setUp = () => {
  let now = 0;
  const changes: BreakerChange[] = [];
  const breaker = createBreaker(
    () => now,
    (change) => changes.push(change),
  );
  return {
    breaker,
    changes,
    fail: (callers: readonly string[], how: FailureMode | "other" = "gateway", begunAt = now) => {
      for (const callerId of callers) breaker.failed({ callerId, how, begunAt });
    },
    at: (ms: number) => {
      now = ms;
    },
    suspicions: (...callers: string[]) => callers.map((callerId) => breaker.suspicionFor(callerId)),
  };
};

describe("a breaker", () => {
  it.each<[string, string[], BreakerState]>([
    ["one caller's hundred failures", Array(100).fill("a"), "closed"],
    ["two failures of two callers", ["a", "b"], "closed"],
    ["three failures of two callers", ["a", "b", "a"], "suspect"],
    ["many of one and one of another", ["a", "a", "a", "a", "b"], "suspect"],
  ])("after %s is %s", (_, callers, state) => {
    const { breaker, fail } = setUp();
    fail(callers);
    expect(breaker.state()).toBe(state);
  });

  it.each<[FailureMode | "other", BreakerState]>([
    ["connection", "suspect"],
    ["gateway", "suspect"],
    ["timeout", "suspect"],
    ["error", "closed"],
    ["other", "closed"],
  ])("counts failures of the sort %s: %s", (how, state) => {
    const { breaker, fail } = setUp();
    fail(["a", "b", "c", "d"], how);
    expect(breaker.state()).toBe(state);
  });

  it("begins anew after a success", () => {
    const { breaker, fail } = setUp();
    fail(["a", "b"]);
    breaker.succeeded("w");
    fail(["a", "b"]);
    expect(breaker.state()).toBe("closed");
  });

  it("opens by a probe only, and closes by one: each change is told once", () => {
    const { breaker, changes, fail } = setUp();
    breaker.probed(false);
    expect([breaker.state(), changes]).toEqual(["closed", []]);
    fail(["a", "b", "c", "d"]);
    expect([breaker.state(), changes.splice(0)]).toEqual(["suspect", ["suspect"]]);
    for (const isReachable of [false, false]) breaker.probed(isReachable);
    fail(["a", "b", "c", "d"]);
    expect([breaker.state(), changes.splice(0)]).toEqual(["open", ["out"]]);
    for (const isReachable of [true, true]) breaker.probed(isReachable);
    expect([breaker.state(), changes]).toEqual(["closed", ["back"]]);
  });

  it("that a probe has closed leaves a suspicion, which a success ends", () => {
    const { breaker, fail, at, suspicions } = setUp();
    fail(["a", "b", "a"]);
    for (const isReachable of [false, true]) breaker.probed(isReachable);
    at(4999);
    expect(suspicions("w")).toEqual(["suspected"]);
    at(5000);
    expect(suspicions("w")).toEqual(["trial-due"]);
    breaker.succeeded("v");
    expect(suspicions("w")).toEqual(["none"]);
  });

  it.each<[string, (breaker: ReturnType<typeof createBreaker>) => void]>([
    ["a probe reached the key", (breaker) => breaker.probed(true)],
    ["a request succeeded", (breaker) => breaker.succeeded("w")],
  ])("hears nothing from requests that began before %s", (_, closeBy) => {
    const { breaker, fail, at } = setUp();
    at(10);
    fail(["a", "b", "a"]);
    breaker.probed(false);
    at(20);
    closeBy(breaker);
    fail(["x", "y", "z"], "timeout", 19);
    expect(breaker.state()).toBe("closed");
    fail(["x", "y", "z"], "timeout", 20);
    expect(breaker.state()).toBe("suspect");
  });

  it("hears nothing new from them about the time of the next trial", () => {
    const { breaker, fail, at, suspicions } = setUp();
    fail(["a", "b", "a"]);
    at(20);
    breaker.probed(true);
    fail(["c"], "timeout", 9);
    at(5000);
    expect(suspicions("w")).toEqual(["trial-due"]);
  });

  it("that no request has failed stays as it is after a success: failures of earlier requests still count", () => {
    const { breaker, fail, at } = setUp();
    at(10);
    breaker.succeeded("w");
    fail(["a", "b", "c"], "gateway", 5);
    expect(breaker.state()).toBe("suspect");
  });

  it("does not tell of a return where a probe or a success ends a suspicion", () => {
    const { breaker, changes, fail } = setUp();
    fail(["a", "b", "c"]);
    breaker.probed(true);
    fail(["a", "b", "c"]);
    breaker.succeeded("a");
    expect([breaker.state(), changes]).toEqual(["closed", ["suspect", "suspect"]]);
  });
});

describe("a suspicion", () => {
  it("is made by failures of any sort, where they are of several callers", () => {
    const { fail, suspicions } = setUp();
    fail(Array(100).fill("a"), "error");
    expect(suspicions("w")).toEqual(["none"]);
    fail(["b"], "error");
    expect(suspicions("w")).toEqual(["suspected"]);
  });

  it("is made by three failures of one caller in a row, for that caller, and after five seconds a trial is due", () => {
    const { fail, at, suspicions } = setUp();
    fail(["a", "a"], "error");
    expect(suspicions("a")).toEqual(["none"]);
    fail(["a"], "error");
    expect(suspicions("a", "b")).toEqual(["suspected", "none"]);
    at(4999);
    expect(suspicions("a")).toEqual(["suspected"]);
    at(5000);
    expect(suspicions("a")).toEqual(["trial-due"]);
    fail(["a"], "error");
    expect(suspicions("a")).toEqual(["suspected"]);
  });

  it("of one caller ends with a success of theirs", () => {
    const { breaker, fail, suspicions } = setUp();
    // They began before the key last worked: they count for their own callers alone.
    fail(["a"], "error", 0);
    breaker.succeeded("w");
    fail(["a", "a", "b", "b"], "error", -1);
    breaker.succeeded("a");
    fail(["a", "b"], "error", -1);
    expect(suspicions("a", "b")).toEqual(["none", "suspected"]);
  });

  it("is remembered for the latest of thousands of callers", () => {
    const { breaker, fail, suspicions } = setUp();
    fail(["w"], "error");
    breaker.succeeded("w");
    for (let index = 0; index <= 1000; index += 1) fail(Array(3).fill(`c-${index}`), "error", -1);
    expect(suspicions("c-0", "c-1000")).toEqual(["none", "suspected"]);
  });
});

describe("half-open trials", () => {
  it("are one at a time, and the next is due when the time between them has passed", () => {
    const { breaker, at } = setUp();
    expect(breaker.mayTry(250)).toBe(true);
    const end = breaker.beginTrial();
    at(250);
    expect(breaker.mayTry(250)).toBe(false);
    end();
    expect(breaker.mayTry(250)).toBe(true);
    at(249);
    expect(breaker.mayTry(250)).toBe(false);
  });

  it("hold up no other after a second, and an older one's end does not make room for one", () => {
    const { breaker, at } = setUp();
    const endFirst = breaker.beginTrial();
    at(999);
    expect(breaker.mayTry(250)).toBe(false);
    at(1000);
    expect([breaker.mayTry(250), breaker.mayTry(2000)]).toEqual([true, false]);
    breaker.beginTrial();
    endFirst();
    at(1999);
    expect(breaker.mayTry(250)).toBe(false);
  });
});
