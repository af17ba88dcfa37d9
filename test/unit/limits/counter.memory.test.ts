// Counting in memory: at once, a share of each quota, and counts that outlive a change of the limits.

import { expect, it } from "vitest";
import { memoryCounter, WindowTable } from "../../../server/limits/counter.memory.ts";
import type { Entry } from "../../../server/limits/counter.ts";

const entry: Entry = { window: "mints-caller-hour", rate: { count: 10, per: "hour" }, key: "alice" };

it("counts at once, and says how much of the window is left", () => {
  let now = 5000;
  const counter = memoryCounter({ now: () => now });
  expect(counter.look([entry])).toEqual([{ used: 0, quota: 10, resetMs: 3_600_000 }]);
  expect(counter.add([entry])).toMatchObject([{ used: 1, quota: 10, resetMs: 3_600_000 }]);
  now += 1000;
  expect(counter.add([entry])).toMatchObject([{ used: 2, resetMs: 3_599_000 }]);
  expect(counter.look([entry])).toEqual([{ used: 2, quota: 10, resetMs: 3_599_000 }]);
});

it("takes back what was counted", () => {
  const counter = memoryCounter({ now: () => 0 });
  const [first] = counter.add([entry]);
  counter.add([entry]);
  first?.undo();
  expect(counter.look([entry])).toMatchObject([{ used: 1 }]);
});

it.each([
  [0.25, 2],
  [0.1, 1],
  [0.01, 1],
  [1, 10],
])("gives out %d of each quota, rounded down, and one at least", (share, quota) => {
  const counter = memoryCounter({ now: () => 0 }, new Map(), share);
  expect(counter.add([entry])).toMatchObject([{ quota }]);
  expect(counter.look([entry])).toMatchObject([{ quota }]);
});

it("goes on with the same counts when the limits change", () => {
  const counts = new Map();
  memoryCounter({ now: () => 0 }, counts).add([entry]);
  const changed = memoryCounter({ now: () => 0 }, counts, 0.5);
  const raised = { ...entry, rate: { ...entry.rate, count: 20 } };
  expect(changed.add([raised])).toMatchObject([{ used: 2, quota: 10 }]);
});

it("remembers 25,000 keys of a window at least, and 50,000 at most", () => {
  const counter = memoryCounter({ now: () => 0 });
  const keyed = (index: number) => [{ ...entry, key: `guest-${index}` }];
  for (let index = 0; index < 60_000; index += 1) counter.add(keyed(index));
  expect(counter.look(keyed(35_000))).toMatchObject([{ used: 1 }]);
  expect(counter.look(keyed(10_000))).toMatchObject([{ used: 0 }]);
});

const used = (table: WindowTable, keys: string, now: number) =>
  [...keys].map((key) => table.find(key, now)?.used);

it("when full forgets those that were not counted lately, and no other", () => {
  const table = new WindowTable(4, 1000);
  for (const key of "abacada") table.add(key, 1);
  expect(used(table, "abcd", 1)).toEqual([4, undefined, 1, 1]);
});

it("never has more than its capacity", () => {
  const table = new WindowTable(10, 1000);
  const keys = Array.from({ length: 1000 }, (_, index) => `key-${index}`);
  for (const key of keys) table.add(key, 1);
  const known = keys.filter((key) => table.find(key, 1));
  expect(known.length).toBeGreaterThanOrEqual(5);
  expect(known.length).toBeLessThanOrEqual(10);
  expect(known.at(-1)).toBe("key-999");
});

it("forgets nothing before its time, however slowly it comes", () => {
  const table = new WindowTable(100, 1000);
  for (let now = 0; now < 5000; now += 100) {
    const key = `key-${now}`;
    table.add(key, now);
    for (let then = Math.max(0, now - 900); then <= now; then += 100) {
      expect(table.find(`key-${then}`, now)?.used, `${then} at ${now}`).toBe(1);
    }
    expect(table.find(`key-${now - 1000}`, now)).toBeUndefined();
  }
});

it("begins anew when a window has ended", () => {
  const table = new WindowTable(4, 1000);
  for (const now of [0, 999, 1000, 1001]) table.add("a", now);
  expect(table.find("a", 1001)).toEqual({ used: 2, endsAt: 2000 });
});

it("holds a month", () => {
  const month = 30 * 86_400_000;
  const table = new WindowTable(2, month);
  table.add("a", 0);
  expect(table.find("a", month - 1)?.used).toBe(1);
  expect(table.find("a", month)).toBeUndefined();
});

it("has room for all of its keys again when a window's length has passed", () => {
  const table = new WindowTable(4, 1000);
  table.add("a", 1);
  for (const key of "bcde") table.add(key, 1001);
  expect(used(table, "bcde", 1001)).toEqual([1, 1, 1, 1]);
});

it("keeps one key at least, however small it is", () => {
  const table = new WindowTable(0, 1000);
  table.add("a", 0);
  expect(table.add("a", 1)).toEqual({ used: 2, endsAt: 1000 });
});
