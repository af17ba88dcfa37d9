// How often, when and with how much time left a piece of work is tried.
import { expect, it } from "vitest";
import { Failure } from "../../server/failure.ts";
import { type AttemptPorts, createAttempts } from "../../server/upstream/attempts.ts";
import type { Outcome } from "../../server/upstream/health.ts";
import { createPool, type PoolKey } from "../../server/upstream/pool.ts";
import { createRetryBudget } from "../../server/upstream/retries.ts";
import { UpstreamError } from "../../server/upstream/upstream.ts";

const failing = (outcome: Outcome): Failure =>
  new Failure("upstream-refused", undefined, { cause: new UpstreamError("no", {}, outcome) });

type MayRepeat = () => boolean;

/** Keys that fail as told, each attempt taking so long; the clock is the test's. */
const setUp = (
  names: string[],
  fail: () => Error,
  takesMs = 0,
  more: Partial<AttemptPorts<PoolKey>> = {},
) => {
  let now = 0;
  const attempts: [key: string, timeoutMs: number][] = [];
  const pauses: number[] = [];
  const clock = { now: () => now, monotonic: () => now };
  const keys = names.map((name): PoolKey => ({ name, priority: 0, weight: 1, models: undefined }));
  const work = createAttempts({
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
      model: "gpt-realtime-2.1",
      timeoutMs: 8000,
      signal,
      mayRepeat,
      attempt: async ({ name }, timeoutMs) => {
        attempts.push([name, timeoutMs]);
        now += takesMs;
        throw fail();
      },
    });
  return { run, attempts, pauses };
};

it("tries each key at once, then again after pauses, within the time of all", async () => {
  const { run, attempts, pauses } = setUp(["a", "b"], () => failing({ kind: "failed" }), 10);
  await expect(run()).rejects.toMatchObject({ code: "upstream-refused" });
  expect(attempts).toEqual([
    ["a", 8000],
    ["b", 7990],
    ["a", 7880],
    ["a", 7670],
  ]);
  expect(pauses).toEqual([100, 200]);
});

it("does not begin a pause that would outlast the time", async () => {
  const { run, attempts, pauses } = setUp(["a"], () => failing({ kind: "failed" }), 7950);
  await expect(run()).rejects.toMatchObject({ code: "upstream-refused" });
  expect([attempts.length, pauses]).toEqual([1, []]);
});

it("ends in the pause when the caller leaves", async () => {
  const leaving = new AbortController();
  const pause = async (_: number, signal: AbortSignal) => {
    leaving.abort(new Error("the caller left"));
    signal.throwIfAborted();
  };
  const { run, attempts } = setUp(["a"], () => failing({ kind: "failed" }), 0, { pause });
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
        cause: new UpstreamError("odd", {}, { kind: "failed" }, true),
      }),
  ],
  [
    "what did not come in time",
    () =>
      new Failure("upstream-timeout", undefined, {
        cause: new UpstreamError("late", {}, { kind: "failed" }),
      }),
  ],
  ["what is the request's own fault", () => failing({ kind: "answered", latencyMs: 0 })],
])("does not repeat %s", async (_, fail) => {
  const { run, attempts } = setUp(["a", "b"], fail);
  await expect(run()).rejects.toBeInstanceOf(Failure);
  expect(attempts.length).toBe(1);
});

it("repeats nothing once the budget is used up", async () => {
  const budget = { earn: () => {}, spend: () => false };
  const { run, attempts } = setUp(["a", "b"], () => failing({ kind: "failed" }), 0, { budget });
  await expect(run()).rejects.toMatchObject({ code: "upstream-refused" });
  expect(attempts.length).toBe(1);
});

it("moves on from refused keys without the budget, and names the last one", async () => {
  const budget = { earn: () => {}, spend: () => false };
  const { run, attempts } = setUp(["a", "b"], () => failing({ kind: "rejected" }), 0, { budget });
  const error = await run().catch((cause: unknown) => cause);
  expect(attempts.map(([key]) => key)).toEqual(["a", "b"]);
  expect(error).toMatchObject({ cause: { report: { key: "b" } } });
});

it("does not wait for keys that OpenAI refused or limited", async () => {
  for (const outcome of [{ kind: "rejected" } as const, { kind: "limited", waitMs: 50 } as const]) {
    const { run, attempts, pauses } = setUp(["a", "b"], () => failing(outcome));
    await expect(run()).rejects.toBeInstanceOf(Failure);
    expect([attempts.length, pauses]).toEqual([2, []]);
  }
});

it("says that no key has the model", async () => {
  const pool = createPool<PoolKey>([], { clock: { now: () => 0 }, random: () => 0, onChange: () => {} });
  const { run } = setUp([], () => new Error(), 0, { pool });
  await expect(run()).rejects.toMatchObject({
    code: "upstream-unavailable",
    detail: "No configured key has the model gpt-realtime-2.1.",
  });
});

it("does not repeat what cannot be sent again", async () => {
  const { run, attempts } = setUp(["a", "b"], () => failing({ kind: "failed" }));
  await expect(run(undefined, () => false)).rejects.toMatchObject({ code: "upstream-refused" });
  expect(attempts.length).toBe(1);
});
