// Requests of our own: when a key is probed, how often, and when no more.
import { expect, it } from "vitest";
import type { ProbeReason } from "../../../server/upstream/key-state.ts";
import type { Outcome } from "../../../server/upstream/outcome.ts";
import { createProbes } from "../../../server/upstream/probes.ts";
import { poolKey, unusedAccount } from "../../support/pool.ts";

/** One key, what is to be found out about it, and a timer of the test's own. */
const setUp = (random = 1) => {
  let now = 0;
  let check: ProbeReason | undefined;
  let findings: (outcome: Outcome) => void = () => {};
  const timers: { at: number; work: () => void }[] = [];
  const probedAt: number[] = [];
  const found: Outcome["kind"][] = [];
  const answers: ((outcome: Outcome) => void)[] = [];
  const signals: AbortSignal[] = [];
  const probe = (signal: AbortSignal) => {
    signals.push(signal);
    probedAt.push(now);
    return new Promise<Outcome>((resolve) => answers.push(resolve));
  };
  const key = poolKey("only", { account: { ...unusedAccount, probe } });
  const probes = createProbes({
    pool: {
      probeReason: () => check,
      probed: (_, outcome) => {
        found.push(outcome.kind);
        findings(outcome);
      },
    },
    schedule: (work, ms) => {
      const timer = { at: now + ms, work };
      timers.push(timer);
      return () => {
        timers.splice(timers.indexOf(timer), 1);
      };
    },
    random: () => random,
  });
  const settle = () => new Promise<void>((resolve) => setImmediate(resolve));
  return {
    key,
    probes,
    probedAt,
    found,
    timers,
    settle,
    answers,
    signals,
    set: (next: ProbeReason | undefined) => {
      check = next;
      probes.update(key);
    },
    /** Changes what is to be found out without telling. */
    become: (next: ProbeReason) => {
      check = next;
    },
    onFound: (react: (outcome: Outcome) => void) => {
      findings = react;
    },
    /** Lets time pass, each probe answered as told as soon as it is sent. */
    pass: async (ms: number, outcome: Outcome) => {
      const end = now + ms;
      for (;;) {
        const next = timers.toSorted((one, other) => one.at - other.at)[0];
        if (!next || next.at > end) break;
        now = next.at;
        timers.splice(timers.indexOf(next), 1);
        next.work();
        answers.shift()?.(outcome);
        await settle();
      }
      now = end;
    },
  };
};

const away: Outcome = { kind: "failed", how: "connection" };

it("no key is probed while nothing is wrong", async () => {
  const { key, probes, pass, probedAt } = setUp();
  probes.update(key);
  await pass(3_600_000, away);
  expect(probedAt).toEqual([]);
});

it("a key under suspicion is probed at once, and one that is out every second", async () => {
  const { set, pass, probedAt, onFound } = setUp();
  onFound(() => set({ kind: "open" }));
  set({ kind: "suspect" });
  await pass(4500, away);
  expect(probedAt).toEqual([0, 1000, 2000, 3000, 4000]);
});

it("an instance among many does not probe in step with them", async () => {
  const { set, pass, probedAt } = setUp(0);
  set({ kind: "open" });
  await pass(1600, away);
  expect(probedAt).toEqual([750, 1500]);
});

it("a key that OpenAI does not know is probed soon, then after ten seconds, and ever more rarely", async () => {
  const { set, pass, probedAt } = setUp();
  set({ kind: "invalid", times: 1 });
  await pass(7_200_000, { kind: "key-invalid" });
  const waits = probedAt.map((at, index) => (at - (probedAt[index - 1] ?? 0)) / 1000);
  expect(waits.slice(0, 10)).toEqual([1, 10, 20, 30, 30, 30, 30, 30, 30, 30]);
  const again = setUp();
  again.set({ kind: "invalid", times: 3 });
  await again.pass(30_000, { kind: "key-invalid" });
  expect(again.probedAt).toEqual([20_000]);
});

it("there is one probe at a time for a key, however much happens to it", async () => {
  const { set, timers, probedAt, answers, settle } = setUp();
  set({ kind: "suspect" });
  timers.pop()?.work();
  for (const kind of ["open", "suspect", "open"] as const) set({ kind });
  expect([timers.length, probedAt.length]).toEqual([0, 1]);
  answers.shift()?.(away);
  await settle();
  expect(timers.length).toBe(1);
});

it("probing ends when the key is fine", async () => {
  const { set, pass, probedAt, onFound } = setUp();
  onFound(({ kind }) => kind === "answered" && set(undefined));
  set({ kind: "open" });
  await pass(60_000, { kind: "answered", latencyMs: 0 });
  expect(probedAt).toEqual([1000]);
});

it("probing ends when the service stops, also in the middle of one", async () => {
  const { set, timers, probes, answers, signals, settle, found } = setUp();
  set({ kind: "suspect" });
  timers.pop()?.work();
  probes.close();
  expect(signals.map(({ reason }) => reason.message)).toEqual(["the service stops"]);
  answers.shift()?.(away);
  await settle();
  set({ kind: "open" });
  expect([timers.length, found]).toEqual([0, []]);
});

it("a probe that is planned is not sent once the service stops", () => {
  const { set, timers, probes } = setUp();
  set({ kind: "open" });
  probes.close();
  expect(timers).toEqual([]);
});

it("a key that fails again later is probed again", async () => {
  const { set, pass, probedAt, onFound } = setUp();
  onFound(() => set(undefined));
  for (let time = 0; time < 2; time += 1) {
    set({ kind: "open" });
    await pass(5000, { kind: "answered", latencyMs: 0 });
  }
  expect(probedAt).toEqual([1000, 6000]);
});

it("a key whose requests work again before its probe is probed no more, until it fails again", async () => {
  const { set, pass, probedAt, timers } = setUp();
  set({ kind: "open" });
  set(undefined);
  expect(timers).toEqual([]);
  set({ kind: "open" });
  await pass(1000, away);
  expect(probedAt).toEqual([1000]);
});

it("more failures of a key that is out do not delay its probe", async () => {
  const { set, pass, probedAt } = setUp();
  set({ kind: "open" });
  await pass(500, away);
  set({ kind: "open" });
  await pass(500, away);
  expect(probedAt).toEqual([1000]);
});

it("a key that turns out to be invalid while it is out is asked about as soon as any other", async () => {
  const { set, pass, probedAt, onFound, become } = setUp();
  set({ kind: "open" });
  onFound(() => become({ kind: "invalid", times: 1 }));
  await pass(3000, { kind: "key-invalid" });
  expect(probedAt).toEqual([1000, 2000]);
});
