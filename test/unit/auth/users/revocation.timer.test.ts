// When the revocation sweep runs, and that it stops.
import { expect, it } from "vitest";
import { sweepRepeatedly } from "../../../../server/auth/users/revocation.timer.ts";
import { manualTimers } from "../../../support/timers.ts";

/** Timers that fire, and a sweep that ends, when the test says so. */
const start = () => {
  const timers = manualTimers();
  const sweeps: (() => void)[] = [];
  const stop = sweepRepeatedly({ sweep: () => new Promise((resolve) => sweeps.push(resolve)) }, timers);
  const endSweep = async () => {
    sweeps.at(-1)?.();
    await new Promise(setImmediate);
  };
  return { ...timers, sweeps, stop, endSweep };
};

it("sweeps half a second after the last sweep has ended, never twice at once", async () => {
  const { pending, sweeps, fireNext, endSweep } = start();
  expect(pending).toMatchObject([{ ms: 500 }]);
  fireNext();
  expect([sweeps.length, pending.length]).toEqual([1, 0]);
  await endSweep();
  expect(pending).toMatchObject([{ ms: 500 }]);
  fireNext();
  expect(sweeps).toHaveLength(2);
});

it("lets the process end while a sweep is due", () => {
  expect(start().pending).toMatchObject([{ keepsProcessAlive: false }]);
});

it("stops before the next sweep", () => {
  const { pending, sweeps, stop } = start();
  stop();
  expect([sweeps.length, pending.length]).toEqual([0, 0]);
});

it("stops during a sweep, and does not begin another", async () => {
  const { pending, fireNext, stop, endSweep } = start();
  fireNext();
  stop();
  await endSweep();
  expect(pending).toEqual([]);
});
