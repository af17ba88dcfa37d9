// The event loop's delay, as an event that comes at any time meets it.
import { setTimeout as pause } from "node:timers/promises";
import { expect, it } from "vitest";
import { meanWaitMs, readEventLoopDelay } from "../../../server/limits/event-loop-delay.node.ts";

it("is none where nothing was measured, and where the loop is idle", () => {
  expect(meanWaitMs(Number.NaN, Number.NaN)).toBe(0);
  expect(meanWaitMs(10, 0)).toBe(0);
});

it("is half the interval where all are long, and counts a long one for more than many short ones", () => {
  expect(meanWaitMs(300, 0)).toBe(145);
  // 60 intervals of 10 ms and one of 400: 40 % of all events come in the long one, and wait 200 ms.
  const mean = 1000 / 61;
  const deviation = Math.sqrt((60 * 100 + 160_000) / 61 - mean ** 2);
  expect(meanWaitMs(mean, deviation)).toBeCloseTo(0.6 * 5 + 0.4 * 200 - 5, 5);
});

it("is seen in a loop that is held up, and is forgotten by the next time", async () => {
  const read = readEventLoopDelay();
  await pause(30);
  const end = performance.now() + 300;
  while (performance.now() < end);
  await pause(30);
  expect(read()).toBeGreaterThan(50);
  expect(read()).toBe(0);
});
