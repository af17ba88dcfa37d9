// The event loop's delay, as an event that comes at any time meets it.
import { setTimeout as pause } from "node:timers/promises";
import { expect, it } from "vitest";
import { meanWaitMs, readEventLoopDelay } from "../../../server/limits/event-loop-delay.node.ts";
import { until } from "../../support/wait.ts";

const none = { count: 0, sum: 0, squares: 0 };
const waitOf = (...intervals: number[]) => {
  const sum = intervals.reduce((all, each) => all + each, 0);
  const squares = intervals.reduce((all, each) => all + each ** 2, 0);
  return meanWaitMs(none, { count: intervals.length, sum, squares });
};

it("is none where nothing was measured, and where the loop is idle", () => {
  expect(meanWaitMs(none, none)).toBe(0);
  expect(waitOf(10, 10, 10)).toBe(0);
});

it("is half the interval where all are long, and counts a long one for more than many short ones", () => {
  expect(waitOf(300, 300)).toBe(145);
  // 40 % of all events come in the long one, and wait 200 ms.
  expect(waitOf(...Array(60).fill(10), 400)).toBeCloseTo(0.6 * 5 + 0.4 * 200 - 5, 5);
});

const hold = (ms: number): void => {
  const end = performance.now() + ms;
  while (performance.now() < end);
};

it("is seen in a loop that is held up, again and again, and is forgotten when it is not", async () => {
  const read = readEventLoopDelay();
  await pause(30);
  for (let turn = 0; turn < 3; turn += 1) {
    hold(100);
    await pause(0);
    await pause(0);
    if (turn > 0) expect(read()).toBeGreaterThan(20);
  }
  await until("it is forgotten", async () => {
    await pause(100);
    return read() < 20;
  });
});
