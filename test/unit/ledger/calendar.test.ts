// The days of time zones.
import { expect, it, vi } from "vitest";
import { calendarOf, isTimeZone, periodLabel } from "../../../server/ledger/calendar.ts";

const iso = (at: number): string => new Date(at).toISOString();

it.each([
  ["UTC", "2026-11-21T23:59:59Z", "2026-11-21T00:00:00.000Z"],
  ["Europe/Vienna", "2026-11-21T23:30:00Z", "2026-11-21T23:00:00.000Z"],
  ["America/New_York", "2026-11-21T03:00:00Z", "2026-11-20T05:00:00.000Z"],
  ["Asia/Kolkata", "2026-11-21T12:00:00Z", "2026-11-20T18:30:00.000Z"],
  ["Pacific/Kiritimati", "2026-11-21T12:00:00Z", "2026-11-21T10:00:00.000Z"],
  // The days on which clocks change.
  ["Europe/Vienna", "2026-03-29T20:00:00Z", "2026-03-28T23:00:00.000Z"],
  ["Europe/Vienna", "2026-10-25T20:00:00Z", "2026-10-24T22:00:00.000Z"],
  // Cairo's clocks go forward at midnight: the day begins at one.
  ["Africa/Cairo", "2026-04-24T12:00:00Z", "2026-04-23T22:00:00.000Z"],
  // Havana's go back at one: midnight comes twice.
  ["America/Havana", "2026-11-01T12:00:00Z", "2026-11-01T04:00:00.000Z"],
])("in %s the day of %s begins at %s", (zone, at, start) => {
  expect(iso(calendarOf(zone).startOfDay(Date.parse(at)))).toBe(start);
});

it("finds each day by its number", () => {
  for (const zone of ["UTC", "Europe/Vienna", "Africa/Cairo", "America/Havana"]) {
    const { startOfDay, dayAt } = calendarOf(zone);
    const first = Date.UTC(2026, 0, 1) / 86_400_000;
    for (let day = first; day < first + 365; day += 1) {
      expect(startOfDay(dayAt(day))).toBe(dayAt(day));
      expect(startOfDay(dayAt(day + 1) - 1)).toBe(dayAt(day));
    }
  }
});

it("knows to the quarter of an hour when clocks change", () => {
  const { offsetsIn } = calendarOf("Europe/Vienna");
  const pieces = offsetsIn(Date.UTC(2026, 0, 1), Date.UTC(2027, 0, 1));
  expect(pieces.map(({ from, offsetMs }) => [iso(from), offsetMs / 3_600_000])).toEqual([
    ["2026-01-01T00:00:00.000Z", 1],
    ["2026-03-29T01:00:00.000Z", 2],
    ["2026-10-25T01:00:00.000Z", 1],
  ]);
  expect(calendarOf("UTC").offsetsIn(0, Date.UTC(2026, 0, 1))).toEqual([{ from: 0, offsetMs: 0 }]);
});

it("knows which time zones there are", () => {
  expect(["UTC", "Europe/Vienna"].map(isTimeZone)).toEqual([true, true]);
  expect(["", "Europe/Vienn", "Mars"].map(isTimeZone)).toEqual([false, false, false]);
});

it("names days as they are called in their zone", () => {
  expect(periodLabel(Date.UTC(2026, 10, 20, 23), "day", "Europe/Vienna")).toBe("2026-11-21");
  expect(periodLabel(Date.UTC(2026, 10, 20, 23), "hour", "Europe/Vienna")).toBe("2026-11-20T23:00Z");
});

it("names the days of a long report without making a formatter for each", () => {
  const made = vi.spyOn(Intl, "DateTimeFormat");
  try {
    for (let day = 0; day < 3660; day += 1) periodLabel(day * 86_400_000, "day", "Asia/Tokyo");
    expect(made.mock.calls.length).toBeLessThan(3);
  } finally {
    made.mockRestore();
  }
});
