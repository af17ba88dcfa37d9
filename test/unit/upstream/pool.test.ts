// Which upstream key is used among healthy ones.
import { describe, expect, it } from "vitest";
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
