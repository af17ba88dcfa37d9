// The windows of one limit in memory: what is remembered, how long, and how many keys.
import { expect, it } from "vitest";
import { WindowTable } from "../../../server/limits/window-table.ts";

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
