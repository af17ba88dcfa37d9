// Which upstream key is used among several, and what is said where none may be.
import { describe, expect, it } from "vitest";
import type { Outcome } from "../../../server/upstream/outcome.ts";
import { createPool } from "../../../server/upstream/pool.ts";
import { answered, gateway, mintOf, poolKey, poolOf, unreachable } from "../../support/pool.ts";

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

describe("among keys that are not all healthy", () => {
  it("a suspected one is tried by one request, and the healthy serve the others", () => {
    const { use, pass, choose } = poolOf([poolKey("bad"), poolKey("good")]);
    for (let time = 0; time < 3; time += 1) choose(mintOf("a"), ["good"])?.report(gateway, true);
    expect(use(20)).toEqual({ good: 20 });
    pass(5000);
    expect([choose()?.key.name, choose()?.key.name]).toEqual(["bad", "good"]);
  });

  it("a suspected one is not tried while a healthy one has a higher priority", () => {
    const { use, pass, choose } = poolOf([poolKey("best", { priority: 2 }), poolKey("bad"), poolKey("low")]);
    for (let time = 0; time < 3; time += 1) choose(mintOf("a"), ["best", "low"])?.report(gateway, true);
    pass(5000);
    expect(use(20)).toEqual({ best: 20 });
    expect(choose(mintOf("a"), ["best"])?.key.name).toBe("bad");
  });

  it("suspected ones serve when no other is left, the highest priority first", () => {
    const { choose } = poolOf([poolKey("low"), poolKey("high", { priority: 1 })]);
    for (const name of ["low", "high"]) {
      for (let time = 0; time < 3; time += 1) {
        choose(mintOf("a"), [name === "low" ? "high" : "low"])?.report(gateway, true);
      }
    }
    expect(choose()?.key.name).toBe("high");
    expect(choose(mintOf("a"), ["high"])?.key.name).toBe("low");
  });

  it("one that is out is asked where the others have refused, but not where one may be asked again", () => {
    const { takeOut, choose, pass } = poolOf([poolKey("away"), poolKey("one"), poolKey("two")]);
    takeOut("away");
    pass(1000);
    expect(choose(mintOf("w"), ["one"], ["two"])).toBeUndefined();
    expect(choose(mintOf("w"), [], ["one", "two"])?.key.name).toBe("away");
    pass(1000);
    expect(choose(mintOf("w"), [], ["one", "two", "away"])).toBeUndefined();
  });

  it("a key that is left is asked, not one that is out", () => {
    const { takeOut, choose, pass } = poolOf([poolKey("away"), poolKey("fine")]);
    takeOut("away");
    pass(1000);
    expect(choose(mintOf("w"), ["fine"])).toBeUndefined();
    expect(choose(mintOf("w"), [], ["fine"])?.key.name).toBe("away");
  });

  it.each([[["unknown", "poor", "away"]], [["away", "poor", "unknown"]]])(
    "of %j that are out, one that cannot be reached goes before one without money, and that before one that is not known",
    (names) => {
      const { takeOut, choose, pass } = poolOf(names.map((name) => poolKey(name)));
      choose(mintOf("w"), ["poor", "away"])?.report({ kind: "key-invalid" }, true);
      choose(mintOf("w"), ["unknown", "away"])?.report({ kind: "no-quota" }, true);
      takeOut("away");
      pass(1000);
      const order = ["away", "poor", "unknown"];
      for (const name of order) expect(choose(mintOf("w"))?.key.name).toBe(name);
    },
  );
});

describe("what is known about one key", () => {
  it("is told to the operator by its name, and is another's no more than its probes are", () => {
    const { choose, probe, check, isUsable, changes } = poolOf([poolKey("a"), poolKey("b")]);
    for (const callerId of ["x", "y", "z"]) choose(mintOf(callerId), ["b"])?.report(unreachable, true);
    expect([check("a"), check("b")]).toEqual([{ kind: "suspect" }, undefined]);
    probe("a", unreachable);
    expect([isUsable("a"), isUsable("b")]).toEqual([false, true]);
    expect(changes).toEqual([
      ["a", "suspect"],
      ["a", "out"],
    ]);
  });
});

describe("all keys are rejected", () => {
  it("when OpenAI knows none, or they may spend no more, as a probe or two callers found", () => {
    const { pool, probe, once, pass } = poolOf([poolKey("a"), poolKey("b")]);
    probe("a", { kind: "key-invalid" });
    expect(pool.areAllRejected()).toBe(false);
    once(mintOf("one"), { kind: "no-quota" });
    expect(pool.areAllRejected()).toBe(false);
    once(mintOf("two"), { kind: "no-quota" });
    expect(pool.areAllRejected()).toBe(true);
    pass(60_000);
    expect(pool.areAllRejected()).toBe(false);
  });

  it("no more once a probe finds one valid, and not in an outage", () => {
    const { pool, probe, takeOut } = poolOf([poolKey("a")]);
    probe("a", { kind: "key-invalid" });
    expect(pool.areAllRejected()).toBe(true);
    probe("a", answered());
    takeOut("a");
    expect(pool.areAllRejected()).toBe(false);
  });
});

describe("when no key may be used, the caller is told", () => {
  const limited = (waitMs: number): Outcome => ({ kind: "limited", waitMs, hasRoom: false });

  it.each<[string, Outcome, Outcome, { kind: string; waitMs?: number }]>([
    ["when the first limit ends", limited(9000), limited(4000), { kind: "limited", waitMs: 4000 }],
    [
      "of a limit before a rejection",
      { kind: "key-invalid" },
      limited(4000),
      { kind: "limited", waitMs: 4000 },
    ],
    ["of rejections", { kind: "key-invalid" }, { kind: "no-quota" }, { kind: "refused", waitMs: 10_000 }],
    ["nothing of the kind while one works", limited(9000), answered(), { kind: "usable" }],
  ])("%s", (_, a, b, availability) => {
    const { pool, choose } = poolOf([poolKey("a"), poolKey("b")]);
    choose(mintOf("w"), ["b"])?.report(a, true);
    choose(mintOf("w"), ["a"])?.report(b, true);
    // The trials that are allowed of rejected keys.
    for (let trial = 0; trial < 2; trial += 1) choose(mintOf("w"));
    expect(pool.availability(mintOf("w"))).toEqual(availability);
  });

  it("that OpenAI cannot be reached, before that it rejects a key", () => {
    const { pool, choose, takeOut } = poolOf([poolKey("away"), poolKey("unknown")]);
    takeOut("away");
    choose(mintOf("w"), ["away"])?.report({ kind: "key-invalid" }, true);
    for (let trial = 0; trial < 2; trial += 1) choose(mintOf("w"));
    expect(pool.availability(mintOf("w"))).toEqual({ kind: "away", waitMs: 1000 });
  });
});

it.each([
  [0, "a"],
  [0.5, "b"],
  [1, "c"],
])("chance %d draws the unused key %s: weights alone decide", (chance, name) => {
  const keys = [poolKey("a"), poolKey("b", { weight: 2 }), poolKey("c")];
  const ports = { clock: { monotonic: () => 0 }, random: () => chance, onChange: () => {} };
  expect(createPool(keys, ports).choose(mintOf("w"), new Map())?.key.name).toBe(name);
});

it("a key whose share ends exactly at the drawn number leaves it to the next", () => {
  const ports = { clock: { monotonic: () => 0 }, random: () => 0.5, onChange: () => {} };
  expect(createPool([poolKey("a"), poolKey("b")], ports).choose(mintOf("w"), new Map())?.key.name).toBe("b");
});
