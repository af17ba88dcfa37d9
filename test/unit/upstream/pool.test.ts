// Which upstream key is used among healthy ones, and what is asked again.
import { describe, expect, it } from "vitest";
import { backoffMs, createRetryBudget } from "../../../server/upstream/retry-budget.ts";
import { answered, mintOf, poolKey, poolOf } from "../../support/pool.ts";

describe("among healthy keys", () => {
  it("the highest priority goes first, and the next when none of it is left", () => {
    const { use, choose } = poolOf([
      poolKey("low"),
      poolKey("high", { priority: 2 }),
      poolKey("mid", { priority: 1 }),
    ]);
    expect(use(50)).toEqual({ high: 50 });
    expect(choose(mintOf("a"), ["high"])?.key.name).toBe("mid");
    expect(choose(mintOf("a"), ["high", "mid"])?.key.name).toBe("low");
    expect(choose(mintOf("a"), ["high", "mid", "low"])).toBeUndefined();
  });

  it("equals share by weight", () => {
    const { a = 0, b = 0 } = poolOf([poolKey("a", { weight: 3 }), poolKey("b")]).use(4000);
    expect(a / b).toBeGreaterThan(2.6);
    expect(a / b).toBeLessThan(3.4);
  });

  it("one that is clearly slower is spared, whatever its weight", () => {
    const { use } = poolOf([poolKey("slow", { weight: 100 }), poolKey("fast")]);
    use(20, (name) => answered(name === "slow" ? 5000 : 100));
    const { slow = 0, fast = 0 } = use(1000, (name) => answered(name === "slow" ? 5000 : 100));
    expect(fast).toBeGreaterThan(10 * slow);
  });

  it("one that is busy is spared too", () => {
    const { use, choose } = poolOf([poolKey("a"), poolKey("b")]);
    use(20);
    const open = Array.from({ length: 60 }, () => choose()?.key.name);
    const ofA = open.filter((name) => name === "a").length;
    expect(Math.abs(ofA - 30)).toBeLessThan(12);
  });

  it("only those that have the model are asked", () => {
    const { choose, pool } = poolOf([
      poolKey("mini", { models: ["gpt-realtime-2.1-mini"] }),
      poolKey("all-realtime", { models: ["gpt-realtime*"] }),
    ]);
    const mini = mintOf("a", { model: "gpt-realtime-2.1-mini" });
    expect(choose(mintOf("a"), ["all-realtime"])).toBeUndefined();
    expect(choose(mintOf("a"))?.key.name).toBe("all-realtime");
    expect(choose(mini, ["all-realtime"])?.key.name).toBe("mini");
    const outlooks = ["gpt-realtime-x", "whisper-1", undefined].map(
      (model) => pool.availability(mintOf("a", { model })).kind,
    );
    expect(outlooks).toEqual(["usable", "no-key-has-model", "usable"]);
  });
});

describe("retries", () => {
  const retriesOf = (budget: ReturnType<typeof createRetryBudget>, callerId: string): number => {
    let retries = 0;
    while (budget.withdraw(callerId)) retries += 1;
    return retries;
  };

  it("are a tenth of the traffic, once the reserve is used up", () => {
    const budget = createRetryBudget();
    expect(retriesOf(budget, "a")).toBe(100);
    let retries = 0;
    for (let request = 0; request < 1000; request += 1) {
      budget.deposit("a");
      if (budget.withdraw("a")) retries += 1;
    }
    expect(retries).toBeGreaterThanOrEqual(99);
    expect(retries).toBeLessThanOrEqual(100);
  });

  it("of one caller leave the others theirs, and all together have an end", () => {
    const budget = createRetryBudget();
    retriesOf(budget, "a");
    for (let request = 0; request < 1000; request += 1) {
      budget.deposit("a");
      budget.withdraw("a");
    }
    expect(retriesOf(budget, "b")).toBe(100);
    expect(retriesOf(budget, "c") + retriesOf(budget, "d")).toBeLessThanOrEqual(101);
  });

  it("wait at random, longer each time, two seconds at most", () => {
    expect([1, 2, 3, 9].map((attempt) => backoffMs(attempt, () => 1))).toEqual([100, 200, 400, 2000]);
    expect(backoffMs(5, () => 0)).toBe(0);
  });
});
