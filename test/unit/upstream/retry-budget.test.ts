// How many retries there may be, and how long they wait.
import { describe, expect, it } from "vitest";
import { backoffMs, createRetryBudget } from "../../../server/upstream/retry-budget.ts";

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

  it("of a caller whose requests all succeed are no more than the reserve", () => {
    const budget = createRetryBudget();
    for (let request = 0; request < 2000; request += 1) budget.deposit("a");
    expect(retriesOf(budget, "a")).toBe(100);
  });

  it("of a caller who has come back to the reserve are as many as at first", () => {
    const budget = createRetryBudget();
    budget.withdraw("a");
    for (let request = 0; request < 2000; request += 1) budget.deposit("a");
    expect(retriesOf(budget, "a")).toBe(100);
  });

  it("of all callers together are three hundred, to the last", () => {
    const budget = createRetryBudget();
    expect(["a", "b", "c", "d"].map((caller) => retriesOf(budget, caller))).toEqual([100, 100, 100, 0]);
  });

  it("wait at random, longer each time, two seconds at most", () => {
    expect([1, 2, 3, 9].map((attempt) => backoffMs(attempt, () => 1))).toEqual([100, 200, 400, 2000]);
    expect(backoffMs(5, () => 0)).toBe(0);
  });
});
