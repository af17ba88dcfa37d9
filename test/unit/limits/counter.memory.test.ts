// Counting in memory: at once, a share of each quota, and counts that outlive a change of the limits.
import { expect, it } from "vitest";
import { memoryCounter } from "../../../server/limits/counter.memory.ts";
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
