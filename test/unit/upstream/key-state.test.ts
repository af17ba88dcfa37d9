// What keeps a key from being used, from whom, for how long, and how it comes back.
import { describe, expect, it } from "vitest";
import { createKeyState } from "../../../server/upstream/key-state.ts";
import type { Outcome } from "../../../server/upstream/outcome.ts";
import { answered, chatOf, gateway, mintOf, poolKey, poolOf, unreachable } from "../../support/pool.ts";

const limited = (waitMs: number, hasRoom = false): Outcome => ({ kind: "limited", waitMs, hasRoom });

describe("one caller's requests", () => {
  it.each<[string, Outcome]>([
    ["500s", { kind: "failed", how: "error" }],
    ["gateway failures", gateway],
    ["time-outs", { kind: "failed", how: "timeout" }],
    ["broken connections", unreachable],
    ["odd answers", { kind: "unreadable" }],
    ["unexplained 401s", { kind: "refused" }],
    ["limits of large requests", limited(60_000, true)],
    ["own faults", { kind: "request-at-fault" }],
    ["early leaving", { kind: "abandoned" }],
  ])("take no key from the others, be they %s", (_, outcome) => {
    const { once, use, check, isUsable } = poolOf([poolKey("first", { priority: 1 }), poolKey("spare")]);
    use(1000, outcome, mintOf("mallory"));
    for (const callerId of ["a", "b", "c"]) expect(once(mintOf(callerId))).toBe("first");
    expect([check("first"), isUsable("first")]).toEqual([undefined, true]);
  });

  it("that fail with one key are served with another first, and find out now and then whether it works", () => {
    const { use, once, pass } = poolOf([poolKey("bad", { priority: 1 }), poolKey("good")]);
    const fate = (name: string): Outcome => (name === "bad" ? gateway : answered());
    expect(use(10, fate)).toEqual({ bad: 3, good: 7 });
    pass(5000);
    expect(use(10, fate)).toEqual({ bad: 1, good: 9 });
    pass(5000);
    expect([once(mintOf("a")), once(mintOf("a"))]).toEqual(["bad", "bad"]);
  });

  it("that succeed do not hide that another's fail", () => {
    const { use, once } = poolOf([poolKey("bad", { priority: 1 }), poolKey("good")]);
    const fate = (name: string): Outcome => (name === "bad" ? gateway : answered());
    for (let time = 0; time < 3; time += 1) {
      once(mintOf("a"), fate);
      use(10, answered(), mintOf("busy"));
    }
    expect(use(10, fate)).toEqual({ good: 10 });
    expect(once(mintOf("busy"))).toBe("bad");
  });
});

describe("a key that several callers cannot reach", () => {
  it("is used until a probe proves it away, and then by no caller that has another key", () => {
    const { choose, once, probe, check, changes } = poolOf([poolKey("a", { priority: 1 }), poolKey("b")]);
    for (const callerId of ["x", "y", "z"]) choose(mintOf(callerId), ["b"])?.report(unreachable, true);
    expect(check("a")).toEqual({ kind: "suspect" });
    probe("a", unreachable);
    expect(check("a")).toEqual({ kind: "open" });
    expect(Array.from({ length: 20 }, () => once(mintOf("w")))).toEqual(Array(20).fill("b"));
    expect(changes).toEqual([
      ["a", "suspect"],
      ["a", "out"],
    ]);
  });

  it("is not out when the probe reaches it, and tried by one request first", () => {
    const { choose, once, probe, pass, changes } = poolOf([poolKey("a", { priority: 1 }), poolKey("b")]);
    for (const callerId of ["x", "y", "z"]) choose(mintOf(callerId), ["b"])?.report(gateway, true);
    probe("a", answered());
    expect(once(mintOf("w"))).toBe("b");
    pass(5000);
    const trial = choose(mintOf("w"));
    expect([trial?.key.name, once(mintOf("v"))]).toEqual(["a", "b"]);
    trial?.report(answered(), true);
    expect(once(mintOf("v"))).toBe("a");
    expect(changes).toEqual([["a", "suspect"]]);
  });

  it("is out for that family of endpoints only", () => {
    const { takeOut, once, changes } = poolOf([poolKey("a", { priority: 1 }), poolKey("b")]);
    takeOut("a", chatOf("x"));
    expect([once(chatOf("w")), once(mintOf("w"))]).toEqual(["b", "a"]);
    expect(changes.at(-1)).toEqual(["a", "out"]);
  });

  it("is back with a probe", () => {
    const { takeOut, probe, once, changes, check } = poolOf([poolKey("only")]);
    takeOut("only");
    probe("only", { kind: "request-at-fault" });
    expect([once(mintOf("w")), check("only"), changes.at(-1)]).toEqual(["only", undefined, ["only", "back"]]);
  });

  it("counts each request once, however often it was repeated", () => {
    const { choose, check } = poolOf([poolKey("only")]);
    for (const callerId of ["x", "y"]) {
      for (const counts of [true, false, false]) choose(mintOf(callerId))?.report(unreachable, counts);
    }
    expect(check("only")).toBeUndefined();
  });
});

describe("when all keys are out", () => {
  it("one is tried all the same, one request at a time and four a second, and the others learn when to come", () => {
    const { takeOut, choose, pass, pool } = poolOf([poolKey("only")]);
    takeOut("only");
    pass(250);
    const trial = choose(mintOf("w"));
    expect(trial?.key.name).toBe("only");
    expect([choose(mintOf("v")), pool.availability(mintOf("v"))]).toEqual([
      undefined,
      { kind: "away", waitMs: 1000 },
    ]);
    trial?.report(unreachable, true);
    expect(choose(mintOf("v"))).toBeUndefined();
    pass(250);
    expect(choose(mintOf("v"))?.key.name).toBe("only");
  });

  it("a request that takes long keeps no other from trying", () => {
    const { takeOut, choose, pass } = poolOf([poolKey("only")]);
    takeOut("only");
    pass(250);
    choose(mintOf("mallory"));
    pass(999);
    expect(choose(mintOf("w"))).toBeUndefined();
    pass(1);
    expect(choose(mintOf("w"))?.key.name).toBe("only");
  });

  it("the first success brings it back for all", () => {
    const { takeOut, once, use, pass, isUsable } = poolOf([poolKey("only")]);
    takeOut("only");
    expect(isUsable("only")).toBe(false);
    pass(250);
    once(mintOf("w"));
    expect([use(50), isUsable("only")]).toEqual([{ only: 50 }, true]);
  });
});

describe("a key that OpenAI does not know", () => {
  it("is out for all endpoints until a probe finds it known", () => {
    const { once, probe, choose, check, changes } = poolOf([poolKey("a", { priority: 1 }), poolKey("b")]);
    choose(mintOf("w"))?.report({ kind: "key-invalid" }, true);
    expect([once(mintOf("w")), once(chatOf("w")), check("a")]).toEqual([
      "b",
      "b",
      { kind: "invalid", times: 1 },
    ]);
    probe("a", { kind: "key-invalid" });
    probe("a", unreachable);
    probe("a", { kind: "refused" });
    expect(once(mintOf("v"))).toBe("b");
    probe("a", { kind: "scope-missing" });
    expect([once(mintOf("v")), changes]).toEqual([
      "a",
      [
        ["a", "invalid"],
        ["a", "valid"],
      ],
    ]);
  });

  it("is asked about ever more rarely, until it has answered a request", () => {
    const { once, choose, probe, check } = poolOf([poolKey("only")]);
    for (const times of [1, 2]) {
      choose(mintOf("w"))?.report({ kind: "key-invalid" }, true);
      expect(check("only")).toEqual({ kind: "invalid", times });
      probe("only", answered());
    }
    once(mintOf("w"));
    choose(mintOf("w"))?.report({ kind: "key-invalid" }, true);
    expect(check("only")).toEqual({ kind: "invalid", times: 1 });
  });

  it("is not known again because of what was on its way", () => {
    const { choose, pass, check } = poolOf([poolKey("only")]);
    const early = choose(mintOf("w"));
    pass(1);
    choose(mintOf("w"))?.report({ kind: "key-invalid" }, true);
    early?.report(answered(), true);
    expect(check("only")?.kind).toBe("invalid");
  });
});

describe("a limit", () => {
  it("of one caller is theirs alone, until another finds the same", () => {
    const { choose, once, pool, changes } = poolOf([poolKey("only")]);
    choose(chatOf("mallory"))?.report(limited(7000), true);
    expect([once(chatOf("mallory")), once(chatOf("w"))]).toEqual(["none", "only"]);
    expect(pool.availability(chatOf("mallory"))).toEqual({ kind: "limited", waitMs: 7000 });
    once(chatOf("v"), limited(7000));
    expect([once(chatOf("w")), once(chatOf("v")), once(chatOf("mallory"))]).toEqual(["none", "none", "none"]);
    expect(changes).toEqual([["only", "limited"]]);
  });

  it("of one caller that is over makes no other's that of several", () => {
    const { choose, once, pass } = poolOf([poolKey("only")]);
    choose(chatOf("mallory"))?.report(limited(1000), true);
    pass(1000);
    choose(chatOf("v"))?.report(limited(1000), true);
    expect([once(chatOf("w")), once(chatOf("v"))]).toEqual(["only", "none"]);
  });

  it("rests the key for that model and sort of endpoint only, as long as OpenAI says", () => {
    const { choose, once, pass, pool } = poolOf([poolKey("only")]);
    const open = [choose(chatOf("w")), choose(chatOf("x"))];
    for (const choice of open) choice?.report(limited(7000), true);
    expect([once(chatOf("v")), once(chatOf("v", { model: "gpt-5" })), once(mintOf("v"))]).toEqual([
      "none",
      "only",
      "only",
    ]);
    expect(pool.availability(chatOf("v"))).toEqual({ kind: "limited", waitMs: 7000 });
    pass(7000);
    expect(once(chatOf("v"))).toBe("only");
  });

  it("of a mint leaves chats with a model of the same name alone", () => {
    const { choose, once } = poolOf([poolKey("only")]);
    choose(mintOf("w"))?.report(limited(7000), true);
    expect(once(chatOf("v", { model: "gpt-realtime-2.1" }))).toBe("only");
  });

  it("without a model is one of its endpoint", () => {
    const { choose, once } = poolOf([poolKey("only")]);
    const at = (endpoint: string) => chatOf("w", { family: "data", endpoint, model: undefined });
    choose(at("write vector_stores"))?.report(limited(7000), true);
    const used = ["write vector_stores", "read vector_stores", "write files"].map((each) => once(at(each)));
    expect(used).toEqual(["none", "only", "only"]);
  });

  it("of several keys ends with the first of them", () => {
    const { choose, pool } = poolOf([poolKey("a"), poolKey("b")]);
    for (const waitMs of [9000, 4000]) choose(mintOf("w"))?.report(limited(waitMs), true);
    expect(pool.availability(mintOf("w"))).toEqual({ kind: "limited", waitMs: 4000 });
  });

  it("is told once, however many were on their way", () => {
    const { choose, changes } = poolOf([poolKey("a")]);
    const open = Array.from({ length: 5 }, () => choose());
    for (const choice of open) choice?.report(limited(1000), true);
    expect(changes).toEqual([["a", "limited"]]);
  });

  it("of models that callers invent takes no more memory than so much", () => {
    const { once } = poolOf([poolKey("only")]);
    for (let index = 0; index < 2000; index += 1) {
      once(chatOf("mallory", { model: `m-${index}${"x".repeat(10_000)}` }), limited(60_000));
    }
    expect(once(chatOf("w"))).toBe("only");
    expect(once(chatOf("w", { model: `m-0${"x".repeat(10_000)}` }))).toBe("only");
  });
});

describe("a restricted key", () => {
  it("comes last for that endpoint for a while, and is used for all others", () => {
    const { choose, once, pass, changes } = poolOf([poolKey("narrow", { priority: 1 }), poolKey("wide")]);
    const responses = chatOf("w", { endpoint: "write responses" });
    choose(responses)?.report({ kind: "scope-missing" }, true);
    expect([once(responses), once(chatOf("w"))]).toEqual(["wide", "narrow"]);
    expect(choose(responses, [], ["wide"])?.key.name).toBe("narrow");
    pass(600_000);
    expect(once(responses)).toBe("narrow");
    expect(changes).toEqual([["narrow", "restricted"]]);
  });

  it("that is the only one is asked again: the next request may need less", () => {
    const { choose, once } = poolOf([poolKey("only")]);
    choose(chatOf("mallory"))?.report({ kind: "scope-missing" }, true);
    expect(once(chatOf("w"))).toBe("only");
  });
});

it.each(["no-quota", "key-invalid"] as const)(
  "%s, said to one caller, takes the key from the others when another hears the same",
  (kind) => {
    const { choose, once, isUsable } = poolOf([poolKey("worse", { priority: 1 }), poolKey("other")]);
    choose(mintOf("mallory"))?.report({ kind }, true);
    expect([once(mintOf("mallory")), isUsable("worse")]).toEqual(["other", false]);
    choose(mintOf("v"))?.report({ kind }, true);
    expect([once(mintOf("w")), once(mintOf("v")), once(mintOf("mallory"))]).toEqual(Array(3).fill("other"));
  },
);

it.each(["no-quota", "key-invalid"] as const)(
  "%s, said to one caller, leaves the only key to the others",
  (kind) => {
    const { once, pass } = poolOf([poolKey("only")]);
    for (let time = 0; time < 20; time += 1) {
      once(chatOf("mallory"), { kind });
      expect([once(mintOf("w")), once(chatOf("v"))]).toEqual(["only", "only"]);
      pass(300);
    }
  },
);

it("a key without money rests for a minute, and is back with the first answer", () => {
  const { choose, once, pass, changes, isUsable } = poolOf([
    poolKey("poor", { priority: 1 }),
    poolKey("rich"),
  ]);
  choose(mintOf("w"))?.report({ kind: "no-quota" }, true);
  expect([once(mintOf("w")), once(chatOf("w")), isUsable("poor")]).toEqual(["rich", "rich", false]);
  pass(59_999);
  expect(once(mintOf("w"))).toBe("rich");
  pass(1);
  expect([once(mintOf("w")), isUsable("poor")]).toEqual(["poor", true]);
  expect(changes).toEqual([
    ["poor", "no-quota"],
    ["poor", "quota"],
  ]);
});

it.each<[string, Outcome]>([
  ["unexplained 401s", { kind: "refused" }],
  ["unusable answers", { kind: "unreadable" }],
])(
  "%s make a key the last choice of the caller who got them, and of all where several got them",
  (_, outcome) => {
    const { choose, once } = poolOf([poolKey("bad", { priority: 1 }), poolKey("good")]);
    const hear = (callerId: string, counts: boolean) =>
      choose(mintOf(callerId), ["good"])?.report(outcome, counts);
    for (const callerId of ["v", "v", "w", "w"]) hear(callerId, false);
    expect([once(mintOf("v")), once(mintOf("w"))]).toEqual(["bad", "bad"]);
    for (const callerId of ["x", "x", "x"]) hear(callerId, true);
    expect([once(mintOf("x")), once(mintOf("w"))]).toEqual(["good", "bad"]);
    for (const callerId of ["x", "y", "z"]) hear(callerId, true);
    expect(once(mintOf("w"))).toBe("good");
  },
);

it.each<[string, Outcome]>([
  ["the request is wrong", { kind: "request-at-fault" }],
  ["the key's limit is reached", limited(10)],
])("a key that was away can be reached again when OpenAI says that %s", (_, outcome) => {
  const { takeOut, pass, once, check, changes } = poolOf([poolKey("only")]);
  takeOut("only");
  pass(250);
  once(mintOf("w"), outcome);
  expect([check("only"), changes.some(([, change]) => change === "back")]).toEqual([undefined, true]);
});

describe("what is known about a key", () => {
  /** A key's state by itself, with a clock of the test's own. */
  const keyOf = () => {
    let now = 0;
    const state = createKeyState(
      () => now,
      () => {},
      () => true,
    );
    return {
      state,
      pass: (ms: number) => {
        now += ms;
      },
      hear: (outcome: Outcome, callerId = "a") => {
        const facts = mintOf(callerId);
        state.end({ facts, begunAt: now, endTrial: state.begin(facts) }, outcome, true);
      },
    };
  };

  it("is how long another request would take: requests in flight count, and only answers have a latency", () => {
    const { state, hear } = keyOf();
    hear(answered(100));
    hear(gateway);
    expect(state.expectedMs(mintOf("a"))).toBe(100);
    state.begin(mintOf("a"));
    expect([state.expectedMs(mintOf("a")), state.expectedMs(chatOf("a"))]).toEqual([200, 0]);
    state.begin(chatOf("a"));
    expect(state.expectedMs(chatOf("a"))).toBe(0);
  });

  it("is that it comes after all others, where this caller's requests fail or its permissions lack", () => {
    const failing = keyOf();
    for (let time = 0; time < 3; time += 1) failing.hear(gateway);
    expect(failing.state.availability(mintOf("a"))).toEqual({ kind: "fallback" });
    expect(failing.state.availability(mintOf("b"))).toEqual({ kind: "available" });
    const narrow = keyOf();
    narrow.hear({ kind: "scope-missing" });
    expect(narrow.state.availability(mintOf("a"))).toEqual({ kind: "fallback" });
  });

  it("is why it may not be used, and when it may be asked for again", () => {
    const { state, hear, pass } = keyOf();
    hear({ kind: "key-invalid" });
    pass(1000);
    expect(state.availability(mintOf("a"))).toEqual({ kind: "panic", badness: 2 });
    state.begin(mintOf("a"));
    expect(state.availability(mintOf("a"))).toEqual({ kind: "unavailable", why: "refused", waitMs: 10_000 });
  });

  it("is which requests are trials: none with a healthy key, all with one that is suspected, out or rejected", () => {
    const isTrial = (key: ReturnType<typeof keyOf>, callerId: string) =>
      key.state.begin(mintOf(callerId)) !== undefined;
    expect(isTrial(keyOf(), "w")).toBe(false);
    const rejected = keyOf();
    rejected.hear({ kind: "no-quota" });
    expect([isTrial(rejected, "a"), isTrial(rejected, "w")]).toEqual([true, false]);
    const away = keyOf();
    for (const callerId of ["a", "b", "c"]) away.hear(unreachable, callerId);
    expect(isTrial(away, "w")).toBe(true);
    away.state.probed(unreachable);
    expect(isTrial(away, "w")).toBe(true);
  });

  it("is not changed by a probe that was broken off", () => {
    const { state, hear } = keyOf();
    for (const callerId of ["a", "b", "c"]) hear(unreachable, callerId);
    state.probed(unreachable);
    hear({ kind: "key-invalid" });
    state.probed(unreachable);
    state.probed({ kind: "abandoned" });
    expect(state.isUsable()).toBe(false);
  });
});
