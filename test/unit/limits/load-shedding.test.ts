// Load shedding: when it begins, whom it refuses, and when it ends.
import { array, assert, asyncProperty, constantFrom, double } from "fast-check";
import { describe, expect, it } from "vitest";
import {
  CALM_MS,
  createLoadShedding,
  type Episode,
  LATE_MS,
  type Priority,
  SAMPLE_MS,
} from "../../../server/limits/load-shedding.ts";
import { createTestTime } from "../../support/time.ts";

const create = () => {
  const { timers, pass, pending } = createTestTime();
  let delay = 0;
  const begun: number[] = [];
  const ended: Episode[] = [];
  const load = createLoadShedding({
    timers,
    readDelay: () => delay,
    onBegin: (delayMs) => void begun.push(delayMs),
    onEnd: (episode) => void ended.push(episode),
  });
  return {
    ...{ load, begun, ended, pending },
    /** So many samples with that delay. */
    late: async (ms: number, samples = 1) => {
      delay = ms;
      await pass(samples * SAMPLE_MS);
    },
    /** How many of a hundred are admitted. */
    admitted: (priority: Priority) =>
      Array.from({ length: 100 }, () => !load.isShedding || load.admits(priority, "client")).filter(Boolean)
        .length,
  };
};

const LATE = LATE_MS * 2;

it("admits everything while the event loop is in time", async () => {
  const { late, admitted, load } = create();
  await late(LATE_MS, 100);
  expect([load.isShedding, admitted("text"), admitted("voice")]).toEqual([false, 100, 100]);
});

it("a long pause now and then is no overload", async () => {
  const { late, load } = create();
  for (let turn = 0; turn < 10; turn += 1) {
    await late(5000);
    await late(0, 3);
  }
  expect(load.isShedding).toBe(false);
});

it("refuses a part of the text, and no voice, when the event loop stays late", async () => {
  const { late, admitted } = create();
  await late(LATE, 3);
  expect([admitted("text"), admitted("voice")]).toEqual([70, 100]);
  await late(LATE, 3);
  expect(admitted("text")).toBeLessThan(40);
  expect(admitted("voice")).toBe(100);
});

it("refuses voice too where that is not enough, and always admits some of each", async () => {
  const { late, admitted } = create();
  await late(LATE, 200);
  expect([admitted("text"), admitted("voice")]).toEqual([10, 50]);
});

it("neither refuses more nor less between calm and late", async () => {
  const { late, load } = create();
  await late(LATE, 5);
  const between = (CALM_MS + LATE_MS) / 2;
  await late(between, 20);
  const before = load.figures();
  expect(before.text).toBeLessThan(1);
  await late(between, 50);
  expect(load.figures()).toEqual(before);
});

it("admits voice first again, then text little by little, and tells once of all of it", async () => {
  const { late, load, begun, ended, admitted } = create();
  await late(LATE, 30);
  admitted("text");
  await late(0, 10);
  expect(load.figures()).toMatchObject({ voice: 1, text: 0.1 });
  await late(0, 18);
  expect(load.isShedding).toBe(false);
  expect([begun, ended]).toEqual([[LATE], [{ seconds: expect.any(Number), refused: 90, delayMs: LATE }]]);
  expect(ended[0]?.seconds).toBeCloseTo(14, 0);
});

it("spreads the moments at which those who were refused come again", async () => {
  const { late, load } = create();
  await late(LATE, 100);
  const seconds = Array.from({ length: 50 }, () => !load.admits("text", "client") && load.retryAfterSeconds);
  expect(new Set(seconds.filter(Boolean))).toEqual(new Set([1, 2, 3, 4, 5]));
});

it("admits a client that asks now and then, while another asks all the time", async () => {
  const { late, load } = create();
  await late(LATE, 30);
  let [busy, rare] = [0, 0];
  for (let second = 0; second < 10; second += 1) {
    for (let request = 0; request < 200; request += 1) busy += Number(load.admits("text", "busy"));
    rare += Number(load.admits("text", "rare"));
    await late(LATE, 4);
  }
  // All but those of the time before clients were counted.
  expect(rare).toBeGreaterThanOrEqual(9);
  // A tenth of all are admitted, as before.
  expect(busy + rare).toBeGreaterThan(180);
  expect(busy + rare).toBeLessThan(220);
});

it("measures no more when it is closed", () => {
  const { load, pending } = create();
  load[Symbol.dispose]();
  expect(pending()).toBe(0);
});

describe("whatever the delays", () => {
  it("text is never preferred to voice, some of each is admitted, and calm ends it", async () => {
    const delays = array(double({ min: 0, max: 2000, noNaN: true }), { maxLength: 60 });
    await assert(
      asyncProperty(delays, constantFrom<Priority>("voice", "text"), async (samples, priority) => {
        const { late, load, begun, ended } = create();
        for (const delay of samples) {
          await late(delay);
          const { voice, text } = load.figures();
          expect(voice === 1 || text === 0.1).toBe(true);
          const admitted = Array.from({ length: 10 }, (_, index) =>
            load.admits(priority, `client ${index}`),
          ).filter(Boolean);
          expect(admitted.length).toBeGreaterThan(0);
        }
        await late(0, 40);
        expect(load.figures()).toEqual({ voice: 1, text: 1 });
        expect(ended.length).toBe(begun.length);
      }),
      { numRuns: 20 },
    );
  });
});
