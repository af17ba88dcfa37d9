// How often, when and with how much time left a piece of work is tried.
import { describe, expect, it } from "vitest";
import { Failure } from "../../../server/failures/failure.ts";
import type { Outcome } from "../../../server/upstream/outcome.ts";
import { createPool } from "../../../server/upstream/pool.ts";
import { createRetry, createRetryBudget, type RetryPorts } from "../../../server/upstream/retry.ts";
import { UpstreamError } from "../../../server/upstream/upstream-error.ts";
import { mintOf, poolKey } from "../../support/pool.ts";

const failing = (outcome: Outcome): Failure =>
  new Failure("upstream-refused", undefined, { cause: new UpstreamError("no", {}, outcome) });
const gateway: Outcome = { kind: "failed", how: "gateway" };
const limited = (waitMs: number): Outcome => ({ kind: "limited", waitMs, hasRoom: false });

type MayRepeat = () => boolean;

/** Keys that fail as told, each attempt taking so long; the clock is the test's. */
const setUp = (
  names: string[],
  fail: (key: string) => Error,
  takesMs = 0,
  more: Partial<RetryPorts> = {},
) => {
  let now = 0;
  const attempts: [key: string, timeoutMs: number][] = [];
  const pauses: number[] = [];
  const clock = { now: () => now, monotonic: () => now };
  const keys = names.map((name) => poolKey(name));
  const work = createRetry({
    pool: createPool(keys, { clock, random: () => 0, onChange: () => {} }),
    budget: createRetryBudget(),
    clock,
    random: () => 1,
    pause: async (ms) => {
      pauses.push(ms);
      now += ms;
    },
    onAttempt: () => {},
    ...more,
  });
  const run = (signal = new AbortController().signal, mayRepeat: MayRepeat = () => true) =>
    work({
      facts: mintOf("a"),
      timeoutMs: 8000,
      signal,
      mayRepeat,
      attempt: async ({ name }, timeoutMs) => {
        attempts.push([name, timeoutMs]);
        now += takesMs;
        throw fail(name);
      },
    });
  return { run, attempts, pauses };
};

it("tries each key at once, then again after pauses, within the time of all", async () => {
  const { run, attempts, pauses } = setUp(["a", "b"], () => failing(gateway), 10);
  await expect(run()).rejects.toMatchObject({ code: "upstream-refused" });
  expect(attempts).toEqual([
    ["a", 8000],
    ["b", 7990],
    ["a", 7880],
    ["a", 7670],
  ]);
  expect(pauses).toEqual([100, 200]);
});

it("pauses at random, so that requests that failed together do not come again together", async () => {
  const { run, pauses } = setUp(["a"], () => failing(gateway), 0, { random: () => 0.25 });
  await expect(run()).rejects.toMatchObject({ code: "upstream-refused" });
  expect(pauses).toEqual([25, 50]);
});

it.each([7900, 7950])(
  "does not begin a pause that would leave no time: after %i ms of 8000",
  async (takesMs) => {
    const { run, attempts, pauses } = setUp(["a"], () => failing(gateway), takesMs);
    await expect(run()).rejects.toMatchObject({ code: "upstream-refused" });
    expect([attempts.length, pauses]).toEqual([1, []]);
  },
);

it("ends in the pause when the caller leaves", async () => {
  const leaving = new AbortController();
  const pause = async (_: number, signal: AbortSignal) => {
    leaving.abort(new Error("the caller left"));
    signal.throwIfAborted();
  };
  const { run, attempts } = setUp(["a"], () => failing(gateway), 0, { pause });
  await expect(run(leaving.signal)).rejects.toThrow("the caller left");
  expect(attempts.length).toBe(1);
});

it("an attempt that the caller left says nothing of the key", async () => {
  const outcomes: string[] = [];
  const { run } = setUp(["a"], () => new Error("the caller left"), 0, {
    onAttempt: (_, outcome) => outcomes.push(outcome),
  });
  for (let call = 0; call < 5; call += 1) {
    await expect(run()).rejects.toThrow("the caller left");
  }
  expect(outcomes).toEqual(Array(5).fill("abandoned"));
});

it.each<[string, () => Failure]>([
  [
    "what may have minted a key",
    () =>
      new Failure("upstream-refused", undefined, {
        cause: new UpstreamError("odd", {}, { kind: "unreadable" }),
      }),
  ],
  [
    "what did not come in time",
    () =>
      new Failure("upstream-timeout", undefined, {
        cause: new UpstreamError("late", {}, { kind: "failed", how: "timeout" }),
      }),
  ],
  ["what is the request's own fault", () => failing({ kind: "request-at-fault" })],
])("does not repeat %s", async (_, fail) => {
  const { run, attempts } = setUp(["a", "b"], fail);
  await expect(run()).rejects.toBeInstanceOf(Failure);
  expect(attempts.length).toBe(1);
});

it("repeats nothing once the budget is used up", async () => {
  const budget = { deposit: () => {}, withdraw: () => false };
  const { run, attempts } = setUp(["a", "b"], () => failing(gateway), 0, { budget });
  await expect(run()).rejects.toMatchObject({ code: "upstream-refused" });
  expect(attempts.length).toBe(1);
});

it("moves on from refused keys without the budget, and names the last one", async () => {
  const budget = { deposit: () => {}, withdraw: () => false };
  const { run, attempts } = setUp(["a", "b"], () => failing({ kind: "key-invalid" }), 0, { budget });
  const error = await run().catch((cause: unknown) => cause);
  expect(attempts.map(([key]) => key)).toEqual(["a", "b"]);
  expect(error).toMatchObject({ cause: { report: { key: "b" } } });
});

it("does not wait for keys that OpenAI refused or limited", async () => {
  for (const outcome of [{ kind: "key-invalid" } as const, limited(50)]) {
    const { run, attempts, pauses } = setUp(["a", "b"], () => failing(outcome));
    await expect(run()).rejects.toBeInstanceOf(Failure);
    expect([attempts.length, pauses]).toEqual([2, []]);
  }
});

it("says that no key has the model", async () => {
  const pool = createPool([], {
    clock: { monotonic: () => 0 },
    random: () => 0,
    onChange: () => {},
  });
  const { run } = setUp([], () => new Error(), 0, { pool });
  await expect(run()).rejects.toMatchObject({
    code: "upstream-unavailable",
    detail: "No configured key has the model gpt-realtime-2.1.",
  });
});

it("does not repeat what cannot be sent again", async () => {
  const { run, attempts } = setUp(["a", "b"], () => failing(gateway));
  await expect(run(undefined, () => false)).rejects.toMatchObject({ code: "upstream-refused" });
  expect(attempts.length).toBe(1);
});

it("counts a request once against each key, and a time-out only where the time was fair", async () => {
  const counted: [string, boolean][] = [];
  const pool = createPool([poolKey("a"), poolKey("b")], {
    clock: { monotonic: () => 0 },
    random: () => 0,
    onChange: () => {},
  });
  const watched = {
    ...pool,
    choose: (...asked: Parameters<typeof pool.choose>) => {
      const choice = pool.choose(...asked);
      const report = (outcome: Outcome, counts: boolean) => {
        counted.push([choice?.key.name ?? "", counts]);
        choice?.report(outcome, counts);
      };
      return choice && { ...choice, report };
    },
  };
  await expect(setUp([], () => failing(gateway), 10, { pool: watched }).run()).rejects.toThrow();
  expect(counted.splice(0)).toEqual([
    ["a", true],
    ["b", true],
    ["a", false],
    ["a", false],
  ]);
  const late = new Failure("upstream-timeout", undefined, {
    cause: new UpstreamError("late", {}, { kind: "failed", how: "timeout" }),
  });
  const { run } = setUp([], (name) => (name === "a" ? failing(gateway) : late), 5000, { pool: watched });
  await expect(run()).rejects.toBe(late);
  expect(counted).toEqual([
    ["a", true],
    ["b", false],
  ]);
});

describe("when each key has refused, the caller is told", () => {
  it.each<[string, Record<string, Outcome>, string, string | undefined]>([
    ["of the limit that ends first", { a: limited(9000), b: limited(4000) }, "upstream-limited", "4"],
    [
      "of a limit before a refused key",
      { a: limited(9000), b: { kind: "key-invalid" } },
      "upstream-limited",
      "9",
    ],
    [
      "of a missing scope",
      { a: { kind: "scope-missing" }, b: { kind: "scope-missing" } },
      "upstream-scope-missing",
      undefined,
    ],
    [
      "of a limit before a missing scope",
      { a: { kind: "scope-missing" }, b: limited(200) },
      "upstream-limited",
      "1",
    ],
    [
      "that OpenAI refused",
      { a: { kind: "no-quota" }, b: { kind: "refused" } },
      "upstream-refused",
      undefined,
    ],
  ])("%s", async (_, outcomes, code, wait) => {
    const { run, attempts } = setUp(["a", "b"], (name) => failing(outcomes[name] as Outcome));
    const failure = (await run().catch((cause: unknown) => cause)) as Failure;
    expect([failure.code, failure.headers["retry-after"], attempts.length]).toEqual([code, wait, 2]);
    expect(failure.cause).toBeInstanceOf(UpstreamError);
  });

  it("of a failure before a missing scope, and only the key that failed is asked again", async () => {
    const outcomes: Record<string, Outcome> = { a: gateway, b: { kind: "scope-missing" } };
    const { run, attempts } = setUp(["a", "b"], (name) => failing(outcomes[name] as Outcome));
    await expect(run()).rejects.toMatchObject({ code: "upstream-refused" });
    expect(attempts.map(([key]) => key)).toEqual(["a", "b", "a", "a"]);
  });
});

it("a key that is limited is not asked, and the caller learns when it may be", async () => {
  const { run, attempts } = setUp(["a"], () => failing(limited(7000)));
  await expect(run()).rejects.toMatchObject({ code: "upstream-limited" });
  const second = (await run().catch((cause: unknown) => cause)) as Failure;
  expect([second.code, second.status, second.headers["retry-after"]]).toEqual(["upstream-limited", 429, "7"]);
  expect(attempts.length).toBe(1);
});

describe("a request that is answered", () => {
  const setUpAnswer = () => {
    let now = 1000;
    const reports: [Outcome, boolean][] = [];
    const attempts: string[] = [];
    const deposits: string[] = [];
    const pool = createPool([poolKey("a")], {
      clock: { monotonic: () => now },
      random: () => 0,
      onChange: () => {},
    });
    const retry = createRetry({
      pool: {
        ...pool,
        choose: () => ({
          key: poolKey("a"),
          report: (outcome, counts) => reports.push([outcome, counts]),
        }),
      },
      budget: { deposit: (callerId) => deposits.push(callerId), withdraw: () => true },
      clock: { monotonic: () => now },
      random: () => 1,
      pause: async () => {},
      onAttempt: (key, outcome) => attempts.push(`${key} ${outcome}`),
    });
    const task = {
      facts: mintOf("w"),
      timeoutMs: 8000,
      signal: new AbortController().signal,
      attempt: async () => {
        now += 40;
        return "the answer";
      },
    };
    return { retry, task, reports, attempts, deposits };
  };

  it("gives its answer, tells the pool how long it took, and adds to the caller's budget", async () => {
    const { retry, task, reports, attempts, deposits } = setUpAnswer();
    expect(await retry(task)).toBe("the answer");
    expect(reports).toEqual([[{ kind: "answered", latencyMs: 40 }, true]]);
    expect([attempts, deposits]).toEqual([["a answered"], ["w"]]);
  });

  it("by a refusal is the caller's fault, and not repeated", async () => {
    const { retry, task, reports, attempts } = setUpAnswer();
    expect(await retry({ ...task, isRefusal: (result) => result === "the answer" })).toBe("the answer");
    expect(reports).toEqual([[{ kind: "request-at-fault" }, true]]);
    expect(attempts).toEqual(["a request-at-fault"]);
  });

  it("may fail before: a task that says nothing of repeating is repeated", async () => {
    const { retry, task } = setUpAnswer();
    let failures = 0;
    const attempt = async () => {
      failures += 1;
      if (failures === 1) throw failing({ kind: "key-invalid" });
      return "the second answer";
    };
    expect(await retry({ ...task, attempt })).toBe("the second answer");
  });
});

it.each<[string, Outcome, number, boolean]>([
  ["a time-out of the first attempt", { kind: "failed", how: "timeout" }, 0, true],
  ["a time-out with half of the time", { kind: "failed", how: "timeout" }, 4000, true],
  ["a time-out with less than half of it", { kind: "failed", how: "timeout" }, 4001, false],
  ["a late failure of another sort", gateway, 4001, true],
])("%s counts against a key: as is fair", async (_, outcome, firstTakesMs, counts) => {
  let now = 0;
  const reports: boolean[] = [];
  const names = firstTakesMs === 0 ? ["second"] : ["first", "second"];
  const retry = createRetry({
    pool: {
      ...createPool([], { clock: { monotonic: () => now }, random: () => 0, onChange: () => {} }),
      choose: () => {
        const name = names.shift();
        if (name === undefined) return undefined;
        return { key: poolKey(name), report: (_: Outcome, each: boolean) => void reports.push(each) };
      },
    },
    budget: { deposit: () => {}, withdraw: () => true },
    clock: { monotonic: () => now },
    random: () => 1,
    pause: async () => {},
    onAttempt: () => {},
  });
  const attempt = async ({ name }: { name: string }): Promise<never> => {
    if (name === "second") throw failing(outcome);
    now += firstTakesMs;
    throw failing({ kind: "key-invalid" });
  };
  const signal = new AbortController().signal;
  await expect(retry({ facts: mintOf("w"), timeoutMs: 8000, signal, attempt })).rejects.toThrow();
  expect(reports.at(-1)).toBe(counts);
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
});
