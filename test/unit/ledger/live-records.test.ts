// New records for those who watch.
import { expect, it } from "vitest";
import { createLiveRecords } from "../../../server/ledger/live-records.ts";
import type { UsageRecord } from "../../../server/ledger/record.ts";
import { createTestTime } from "../../support/time.ts";
import { usageRecord } from "../../support/usage-records.ts";

const prepare = () => {
  const time = createTestTime();
  const kept: UsageRecord[] = [];
  let asked = 0;
  let isDown = false;
  const records = async ({ since, until }: { since: number; until: number }) => {
    asked += 1;
    if (isDown) throw new Error("the database does not answer");
    return kept.filter(({ at }) => at >= since && at <= until).toSorted((a, b) => b.at - a.at);
  };
  const live = createLiveRecords({ books: { records }, ...time });
  const heard: string[][] = [];
  const watch = () => live.watch((fresh) => heard.push(fresh.map(({ requestId }) => requestId)));
  const keep = (id: string, agoMs = 0) => kept.push(usageRecord(id, { at: time.clock.now() - agoMs }));
  return { time, watch, heard, keep, asked: () => asked, setDown: (down: boolean) => (isDown = down) };
};

it("tells each new record once, the newest first, at most once a second", async () => {
  const { time, watch, heard, keep } = prepare();
  watch();
  await time.pass(300);
  keep("first");
  await time.pass(100);
  keep("second");
  expect(heard).toEqual([]);
  await time.pass(5000);
  expect(heard).toEqual([["second", "first"]]);
});

it("tells a record that was written late, by another replica", async () => {
  const { time, watch, heard, keep } = prepare();
  watch();
  await time.pass(8000);
  keep("late", 6000);
  await time.pass(1000);
  expect(heard).toEqual([["late"]]);
});

it("tells nothing of the time before the page was opened", async () => {
  const { time, watch, heard, keep } = prepare();
  keep("old", 1000);
  watch();
  await time.pass(3000);
  expect(heard).toEqual([]);
});

it("asks the database once for all who watch, and not at all for none", async () => {
  const { time, watch, asked } = prepare();
  const stops = [watch(), watch(), watch()];
  await time.pass(2000);
  expect(asked()).toBe(2);
  for (const stop of stops) stop?.();
  await time.pass(10_000);
  expect(asked()).toBeLessThanOrEqual(3);
  expect(time.pending()).toBe(0);
});

it("goes on when the database answers again", async () => {
  const { time, watch, heard, keep, setDown } = prepare();
  watch();
  setDown(true);
  await time.pass(2500);
  keep("meanwhile");
  setDown(false);
  await time.pass(1000);
  expect(heard).toEqual([["meanwhile"]]);
});

it("lets no more watch than it can serve, until one has left", () => {
  const { watch } = prepare();
  const stops = Array.from({ length: 32 }, watch);
  expect(stops.every((stop) => stop !== undefined)).toBe(true);
  expect(watch()).toBeUndefined();
  stops[0]?.();
  expect(watch()).toBeDefined();
});
