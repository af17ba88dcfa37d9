// The days and hours of a range, in the time zone of the reader.
import { expect, it } from "vitest";
import type { Shown } from "../../web-admin/state/address.ts";
import { momentsOf } from "../../web-admin/state/range.ts";

const now = Date.UTC(2026, 10, 21, 22, 30);
const asked = (range: Shown["range"], timeZone = "UTC", more: Partial<Shown> = {}) =>
  momentsOf({ range, timeZone, from: undefined, to: undefined, ...more }, now);
const iso = (at: number | undefined) => new Date(at ?? 0).toISOString();

it("the last seven days are today and six whole days before", () => {
  const { since, until, period, periods } = asked("7d");
  expect([iso(since), until, period, periods.length]).toEqual(["2026-11-15T00:00:00.000Z", now, "day", 7]);
});

it("days are those of the time zone", () => {
  // In Tokyo it is the next day already.
  const { since, periods } = asked("7d", "Asia/Tokyo");
  expect([iso(since), periods.length]).toEqual(["2026-11-15T15:00:00.000Z", 7]);
});

it("a month begins with its first day, whatever the zone's clocks did since", () => {
  expect(iso(asked("month", "Europe/Vienna").since)).toBe("2026-10-31T23:00:00.000Z");
  const april = momentsOf(
    { range: "30d", timeZone: "Europe/Vienna", from: undefined, to: undefined },
    Date.UTC(2026, 3, 10),
  );
  expect(april.periods).toHaveLength(30);
  // The clocks were put forward on 29 March, so one day has 23 hours.
  const lengths = april.periods.slice(1).map((at, index) => (at - (april.periods[index] ?? 0)) / 3_600_000);
  expect(lengths.filter((hours) => hours === 23)).toHaveLength(1);
});

it("the last day is told by the hour", () => {
  const { since, period, periods } = asked("24h");
  expect([iso(since), period, periods.length]).toEqual(["2026-11-20T23:00:00.000Z", "hour", 24]);
});

it("custom days are whole, up to now", () => {
  const { since, until, periods } = asked("custom", "America/New_York", {
    from: "2026-11-01",
    to: "2026-11-10",
  });
  expect([iso(since), iso(until), periods.length]).toEqual([
    "2026-11-01T04:00:00.000Z",
    "2026-11-11T04:59:59.999Z",
    10,
  ]);
  expect(asked("custom", "UTC", { from: "2026-11-20", to: "2026-11-30" }).until).toBe(now);
});

it("two custom days are told by the hour", () => {
  expect(asked("custom", "UTC", { from: "2026-11-10", to: "2026-11-11" }).periods).toHaveLength(48);
});
