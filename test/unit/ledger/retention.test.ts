// Single records are deleted after their time, a few at once.
import { expect, it } from "vitest";
import { keepRetention } from "../../../server/ledger/retention.ts";
import { createTestTime } from "../../support/time.ts";

const day = 86_400_000;

const open = (records: number[], contents: number[] = [], contentDays = 7) => {
  const time = createTestTime();
  const state = { records, contents, isAway: false, months: 0, dropped: 0 };
  const failures: unknown[] = [];
  const retention = keepRetention({
    tables: {
      makeMonths: async () => {
        if (state.isAway) throw new Error("away");
        state.months += 1;
      },
      dropMonthsBefore: async (at) => {
        state.dropped = at;
      },
      deleteBefore: async (at, max) => {
        const old = state.records.filter((each) => each < at).slice(0, max);
        state.records = state.records.filter((each) => !old.includes(each));
        return old.length;
      },
      deleteContentsBefore: async (at, max) => {
        const old = state.contents.filter((each) => each < at).slice(0, max);
        state.contents = state.contents.filter((each) => !old.includes(each));
        return old.length;
      },
    },
    ...{
      clock: time.clock,
      timers: time.timers,
      days: 30,
      contentDays,
      onFailure: (error) => failures.push(error),
    },
  });
  return { time, state, failures, retention };
};

const start = Date.UTC(2026, 0, 1, 12);

it("deletes what is older a minute after the start, and each hour what has become older", async () => {
  const { time, state } = open([start - 31 * day, start - 30 * day + 600_000, start - day]);
  await time.pass(59_000);
  expect(state.records).toHaveLength(3);
  await time.pass(1000);
  expect(state.records).toHaveLength(2);
  await time.pass(3_600_000);
  expect(state.records).toEqual([start - day]);
  expect(state.dropped).toBe(time.clock.now() - 30 * day);
  expect(state.months).toBe(2);
});

it("deletes many in slices, with pauses in which others have their turn", async () => {
  const { time, state } = open(Array.from({ length: 1200 }, (_, index) => start - 40 * day + index));
  await time.pass(60_000);
  expect(state.records).toHaveLength(700);
  await time.pass(50);
  expect(state.records).toHaveLength(200);
  await time.pass(50);
  expect(state.records).toHaveLength(0);
});

it("tries again an hour after a failure, and stops when it is told", async () => {
  const { time, state, failures, retention } = open([start - 40 * day]);
  state.isAway = true;
  await time.pass(60_000);
  expect(failures).toEqual([new Error("away")]);
  state.isAway = false;
  await time.pass(3_600_000);
  expect(state.records).toEqual([]);
  await retention.stop();
  expect(time.pending()).toBe(0);
});

it("deletes contents after their own time, and at the latest with their records", async () => {
  const ages = [1, 6, 8, 29, 31].map((days) => start - days * day);
  const own = open([], ages);
  await own.time.pass(60_000);
  expect(own.state.contents).toEqual(ages.slice(0, 2));
  const longer = open([], ages, 90);
  await longer.time.pass(60_000);
  expect(longer.state.contents).toEqual(ages.slice(0, 4));
  const many = open(
    [],
    Array.from({ length: 120 }, (_, index) => start - 8 * day + index),
  );
  await many.time.pass(60_000);
  expect(many.state.contents).toHaveLength(70);
  await many.time.pass(100);
  expect(many.state.contents).toEqual([]);
});
