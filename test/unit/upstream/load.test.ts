// How long another request with a key would probably take.
import { expect, it } from "vitest";
import { createLoad } from "../../../server/upstream/load.ts";
import { answered, mintOf, poolKey, poolOf } from "../../support/pool.ts";

const loadOf = () => {
  let now = 1000;
  const load = createLoad(() => now);
  return {
    load,
    pass: (ms: number) => {
      now += ms;
    },
    answer: (latencyMs: number | undefined) => {
      load.begin();
      load.end(latencyMs);
    },
  };
};

it("is nothing until the first answer, also with requests in flight", () => {
  const { load, answer, pass } = loadOf();
  load.begin();
  answer(undefined);
  pass(60_000);
  expect(load.expectedMs()).toBe(0);
});

it("is the average latency, which moves a fifth of the way to the newest answer, times the requests in flight", () => {
  const { load, answer } = loadOf();
  for (const latencyMs of [100, undefined, 200]) answer(latencyMs);
  expect(load.expectedMs()).toBeCloseTo(120);
  for (let request = 0; request < 2; request += 1) load.begin();
  expect(load.expectedMs()).toBeCloseTo(360);
});

it("halves every ten seconds without an answer", () => {
  const { load, answer, pass } = loadOf();
  answer(5000);
  const seen = [0, 10_000, 10_000, 20_000].map((ms) => {
    pass(ms);
    return load.expectedMs();
  });
  expect(seen).toEqual([5000, 2500, 1250, 312.5]);
});

it("is that of the newest answer after a long time without any, not less", () => {
  const { load, answer, pass } = loadOf();
  answer(100);
  pass(3_600_000);
  answer(100);
  expect(load.expectedMs()).toBeCloseTo(100);
  pass(3_600_000);
  answer(800);
  expect(load.expectedMs()).toBeCloseTo(800);
});

it("counts an average of ten seconds ago half as much as a fresh one", () => {
  const { load, answer, pass } = loadOf();
  answer(100);
  pass(10_000);
  answer(400);
  expect(load.expectedMs()).toBeCloseTo((100 * 2 + 400) / 3);
});

it("among equals, one that was slow once is tried again, and has its share back when it is as fast as the others", () => {
  const { use, pass, once } = poolOf([poolKey("slow"), poolKey("fast")]);
  use(20, (name) => answered(name === "slow" ? 5000 : 100));
  const used = Array.from({ length: 240 }, () => {
    pass(1000);
    return once(mintOf("a"), answered(100));
  });
  expect(used.slice(0, 46)).toEqual(Array(46).fill("fast"));
  const late = used.slice(140).filter((name) => name === "slow").length;
  expect([late > 30, late < 70]).toEqual([true, true]);
});

it("among equals, one that stays slow is tried about once in 47 seconds", () => {
  const { use, pass, once } = poolOf([poolKey("slow"), poolKey("fast")]);
  const speed = (name: string) => answered(name === "slow" ? 5000 : 100);
  use(20, speed);
  let slow = 0;
  for (let tenth = 0; tenth < 6000; tenth += 1) {
    pass(100);
    if (once(mintOf("a"), speed) === "slow") slow += 1;
  }
  expect(slow).toBeGreaterThan(10);
  expect(slow).toBeLessThan(14);
});

it("among equals, none is given up where callers come once a minute", () => {
  const { use, pass, once } = poolOf([poolKey("slow"), poolKey("fast")]);
  const speed = (name: string) => answered(name === "slow" ? 5000 : 100);
  use(20, speed);
  const used = Array.from({ length: 100 }, () => {
    pass(60_000);
    return once(mintOf("a"), speed);
  });
  expect(used.filter((name) => name === "slow").length).toBeGreaterThan(0);
  expect(used.filter((name) => name === "slow").length).toBeLessThan(50);
});
