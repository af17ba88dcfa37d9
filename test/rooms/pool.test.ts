// Which upstream key is used, when one is left alone, and how it comes back.
import { describe, expect, it } from "vitest";
import type { Outcome } from "../../server/upstream/health.ts";
import { createPool, type KeyChange, type PoolKey } from "../../server/upstream/pool.ts";
import { backoffMs, createRetryBudget } from "../../server/upstream/retries.ts";

const key = (name: string, more: Partial<PoolKey> = {}): PoolKey => ({
  name,
  priority: 0,
  weight: 1,
  models: undefined,
  ...more,
});

/** A pool with a clock and chance of the test's own. */
const poolOf = (keys: PoolKey[]) => {
  let now = 0;
  let seed = 1;
  const changes: [string, KeyChange][] = [];
  const random = () => {
    // A linear congruential generator: the same numbers each time.
    seed = (seed * 1_103_515_245 + 12_345) % 2 ** 31;
    return seed / 2 ** 31;
  };
  const clock = { now: () => now };
  const pool = createPool(keys, {
    clock,
    random,
    onChange: ({ name }, change) => changes.push([name, change]),
  });
  const choose = (tried: string[] = [], model?: string) => pool.choose(model, new Set(tried));
  return {
    pool,
    changes,
    choose,
    pass: (ms: number) => {
      now += ms;
    },
    /** Uses the pool so often, each attempt ending as told; answers how often each key was used. */
    use: (times: number, outcomeOf: (name: string) => Outcome = () => answered()): Record<string, number> => {
      const used: Record<string, number> = {};
      for (let index = 0; index < times; index += 1) {
        const choice = choose();
        const name = choice?.key.name ?? "none";
        used[name] = (used[name] ?? 0) + 1;
        choice?.report(outcomeOf(name));
      }
      return used;
    },
  };
};

const answered = (latencyMs = 100): Outcome => ({ kind: "answered", latencyMs });
const failed: Outcome = { kind: "failed" };

describe("among healthy keys", () => {
  it("the highest priority goes first, and the next when none of it is left", () => {
    const { use, choose } = poolOf([key("low"), key("high", { priority: 2 }), key("mid", { priority: 1 })]);
    expect(use(50)).toEqual({ high: 50 });
    expect(choose(["high"])?.key.name).toBe("mid");
    expect(choose(["high", "mid"])?.key.name).toBe("low");
    expect(choose(["high", "mid", "low"])).toBeUndefined();
  });

  it("equals share by weight", () => {
    const { a = 0, b = 0 } = poolOf([key("a", { weight: 3 }), key("b")]).use(4000);
    expect(a / b).toBeGreaterThan(2.6);
    expect(a / b).toBeLessThan(3.4);
  });

  it("one that is clearly slower is spared, whatever its weight", () => {
    const { use } = poolOf([key("slow", { weight: 100 }), key("fast")]);
    use(20, (name) => answered(name === "slow" ? 5000 : 100));
    const { slow = 0, fast = 0 } = use(1000, (name) => answered(name === "slow" ? 5000 : 100));
    expect(fast).toBeGreaterThan(10 * slow);
  });

  it("one that is busy is spared too", () => {
    const { use, choose } = poolOf([key("a"), key("b")]);
    use(20);
    const open = Array.from({ length: 60 }, () => choose()?.key.name);
    const ofA = open.filter((name) => name === "a").length;
    expect(Math.abs(ofA - 30)).toBeLessThan(12);
  });

  it("only those that have the model are asked", () => {
    const { choose, pool } = poolOf([
      key("mini", { models: ["gpt-realtime-2.1-mini"] }),
      key("all-realtime", { models: ["gpt-realtime*"] }),
    ]);
    expect(choose(["all-realtime"], "gpt-realtime-2.1")).toBeUndefined();
    expect(choose([], "gpt-realtime-2.1")?.key.name).toBe("all-realtime");
    expect(choose(["all-realtime"], "gpt-realtime-2.1-mini")?.key.name).toBe("mini");
    expect([pool.serves("gpt-realtime-x"), pool.serves("whisper-1"), pool.serves(undefined)]).toEqual([
      true,
      false,
      true,
    ]);
  });
});

describe("a key that fails", () => {
  it("is out for a minute after three failures in a row, not after two and an answer", () => {
    const { use, choose, pass, changes } = poolOf([key("a")]);
    use(2, () => failed);
    use(1);
    use(2, () => failed);
    expect(changes).toEqual([]);
    use(1, () => failed);
    expect(changes).toEqual([["a", "out"]]);
    expect(choose()).toBeUndefined();
    pass(59_999);
    expect(choose()).toBeUndefined();
    pass(1);
    expect(choose()?.key.name).toBe("a");
  });

  it("comes back by one trial request, and all others wait for its outcome", () => {
    const { use, choose, pass, changes } = poolOf([key("a")]);
    use(3, () => failed);
    pass(60_000);
    const trial = choose();
    expect(trial?.key.name).toBe("a");
    expect(choose()).toBeUndefined();
    trial?.report(answered());
    expect(choose()?.key.name).toBe("a");
    expect(changes).toEqual([
      ["a", "out"],
      ["a", "back"],
    ]);
  });

  it("is out for twice as long after each failed trial, for ten minutes at most", () => {
    const { use, choose, pass } = poolOf([key("a")]);
    use(3, () => failed);
    const outFor = (): number => {
      for (let seconds = 0; ; seconds += 10) {
        const trial = choose();
        trial?.report(failed);
        if (trial) return seconds;
        pass(10_000);
      }
    };
    expect(Array.from({ length: 6 }, outFor)).toEqual([60, 120, 240, 480, 600, 600]);
  });

  it("is not kept out longer by what had begun before", () => {
    const { choose, pass } = poolOf([key("a")]);
    const open = Array.from({ length: 10 }, () => choose());
    for (const choice of open) {
      choice?.report(failed);
      pass(1000);
    }
    pass(60_000 - 10_000 + 2000 - 1);
    expect(choose()).toBeUndefined();
    pass(1);
    expect(choose()).toBeDefined();
  });

  it("whose trial was abandoned is tried again", () => {
    const { use, choose, pass } = poolOf([key("a")]);
    use(3, () => failed);
    pass(60_000);
    choose()?.report({ kind: "abandoned" });
    expect(choose()?.key.name).toBe("a");
  });

  it("is tried by one request while the others use what is healthy", () => {
    const { use, pass } = poolOf([key("bad"), key("good")]);
    use(40, (name) => (name === "bad" ? failed : answered()));
    expect(use(20, () => answered())).toEqual({ good: 20 });
    pass(60_000);
    expect(use(20, (name) => (name === "bad" ? failed : answered()))).toEqual({ bad: 1, good: 19 });
  });

  it("of a lower priority is not tried while a higher one is healthy", () => {
    const { use, choose, pass } = poolOf([key("first", { priority: 1 }), key("spare")]);
    for (let index = 0; index < 3; index += 1) choose(["first"])?.report(failed);
    pass(60_000);
    expect(use(10)).toEqual({ first: 10 });
  });
});

describe("a key that OpenAI refuses", () => {
  it("with 401 stays out until its secret is changed", () => {
    const { choose, pass, changes, pool } = poolOf([key("a")]);
    choose()?.report({ kind: "rejected" });
    pass(30 * 86_400_000);
    expect(choose()).toBeUndefined();
    expect(pool.freeAt(undefined)).toBeUndefined();
    expect(changes).toEqual([["a", "rejected"]]);
  });

  it("with 429 rests as long as it says, and another one goes on", () => {
    const { choose, pass, pool } = poolOf([key("a", { priority: 1 }), key("b")]);
    choose()?.report({ kind: "limited", waitMs: 7000 });
    expect(choose()?.key.name).toBe("b");
    expect(choose(["b"])).toBeUndefined();
    pass(6999);
    expect(choose()?.key.name).toBe("b");
    pass(1);
    expect(choose()?.key.name).toBe("a");
    expect(pool.freeAt(undefined)).toBe(0);
  });

  it("is told of once, however many were on their way, and when it is back", () => {
    const { choose, pass, changes, use } = poolOf([key("a")]);
    const open = Array.from({ length: 5 }, () => choose());
    for (const choice of open) choice?.report({ kind: "limited", waitMs: 1000 });
    pass(1000);
    use(2);
    expect(changes).toEqual([
      ["a", "limited"],
      ["a", "back"],
    ]);
  });

  it("says when the first of several may be asked again", () => {
    const { choose, pool } = poolOf([key("a"), key("b")]);
    for (const waitMs of [9000, 4000]) choose()?.report({ kind: "limited", waitMs });
    expect(choose()).toBeUndefined();
    expect(pool.freeAt(undefined)).toBe(4000);
  });
});

describe("retries", () => {
  it("are a tenth of the traffic, once the reserve is used up", () => {
    const budget = createRetryBudget();
    let retries = 0;
    while (budget.spend()) retries += 1;
    expect(retries).toBe(100);
    for (let request = 0; request < 1000; request += 1) {
      budget.earn();
      if (budget.spend()) retries += 1;
    }
    expect(retries - 100).toBeGreaterThanOrEqual(99);
    expect(retries - 100).toBeLessThanOrEqual(100);
  });

  it("wait at random, longer each time, two seconds at most", () => {
    expect([1, 2, 3, 9].map((attempt) => backoffMs(attempt, () => 1))).toEqual([100, 200, 400, 2000]);
    expect(backoffMs(5, () => 0)).toBe(0);
  });
});
