// How long a model or an endpoint is left alone, and for whom.
import { expect, it } from "vitest";
import { createCooldowns } from "../../../server/upstream/cooldowns.ts";

const setUp = () => {
  let now = 0;
  const cooldowns = createCooldowns(() => now);
  return {
    ...cooldowns,
    pass: (ms: number) => {
      now += ms;
    },
  };
};

it("a cooldown of no caller's holds for everyone, until it ends", () => {
  const { start, leftMs, pass } = setUp();
  expect([start("m", 1000), leftMs("m"), leftMs("m", "a"), leftMs("other")]).toEqual([true, 1000, 1000, 0]);
  pass(999);
  expect([start("m", 1000), leftMs("m")]).toEqual([false, 1000]);
  pass(1000);
  expect([leftMs("m"), start("m", 1)]).toEqual([0, true]);
});

it("a caller's own holds for that caller, and for everyone once another has found the same", () => {
  const { start, leftMs } = setUp();
  start("m", 1000, "a");
  expect([leftMs("m", "a"), leftMs("m", "b")]).toEqual([1000, 0]);
  start("m", 500, "b");
  expect([leftMs("m", "a"), leftMs("m", "b"), leftMs("m", "c")]).toEqual([500, 500, 500]);
});

it("one that is over confirms nothing", () => {
  const { start, leftMs, pass } = setUp();
  start("m", 1000, "a");
  pass(1000);
  start("m", 1000, "b");
  expect([leftMs("m", "a"), leftMs("m", "b")]).toEqual([0, 1000]);
});

it("names are kept to a length, and the oldest are forgotten", () => {
  const { start, leftMs } = setUp();
  start("x".repeat(10_000), 1000);
  expect(leftMs(`${"x".repeat(256)}y`)).toBe(1000);
  for (let index = 0; index < 500; index += 1) start(`m-${index}`, 1000);
  expect([leftMs("x".repeat(256)), leftMs("m-0"), leftMs("m-499")]).toEqual([0, 1000, 1000]);
});
