// How often a key that is suspected or out is tried.
import { expect, it } from "vitest";
import { createTrials } from "../../../server/upstream/trials.ts";

const setUp = () => {
  let now = 0;
  const trials = createTrials(() => now);
  return {
    trials,
    at: (ms: number) => {
      now = ms;
    },
  };
};

it("one trial at a time, and the next when the time between them has passed", () => {
  const { trials, at } = setUp();
  expect(trials.mayBegin(250)).toBe(true);
  const end = trials.begin();
  at(250);
  expect(trials.mayBegin(250)).toBe(false);
  end();
  expect(trials.mayBegin(250)).toBe(true);
  at(249);
  expect(trials.mayBegin(250)).toBe(false);
});

it("one that takes more than a second holds up no other", () => {
  const { trials, at } = setUp();
  trials.begin();
  at(999);
  expect(trials.mayBegin(250)).toBe(false);
  at(1000);
  expect([trials.mayBegin(250), trials.mayBegin(2000)]).toEqual([true, false]);
});

it("the end of an older one says nothing about the newest", () => {
  const { trials, at } = setUp();
  const endFirst = trials.begin();
  at(1000);
  trials.begin();
  endFirst();
  at(1999);
  expect(trials.mayBegin(250)).toBe(false);
});
