// Calendar days and months.
import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { calendarOf } from "../../../server/budgets/period.ts";

const at = (text: string): number => Date.parse(text);
const hours = ({ startsAt, endsAt }: { startsAt: number; endsAt: number }): number =>
  (endsAt - startsAt) / 3_600_000;

describe("a day", () => {
  it("is UTC's unless told otherwise", () => {
    expect(calendarOf("day", "UTC")(at("2026-03-29T23:59:59.999Z"))).toEqual({
      startsAt: at("2026-03-29T00:00:00Z"),
      endsAt: at("2026-03-30T00:00:00Z"),
    });
  });

  it("begins at the zone's midnight", () => {
    expect(calendarOf("day", "Europe/Vienna")(at("2026-01-15T23:30:00Z")).startsAt).toBe(
      at("2026-01-15T23:00:00Z"),
    );
    expect(calendarOf("day", "Asia/Kathmandu")(at("2026-01-15T23:30:00Z")).startsAt).toBe(
      at("2026-01-15T18:15:00Z"),
    );
  });

  it("has 23 and 25 hours when the clocks change", () => {
    const vienna = calendarOf("day", "Europe/Vienna");
    expect(hours(vienna(at("2026-03-29T12:00:00Z")))).toBe(23);
    expect(hours(vienna(at("2026-10-25T12:00:00Z")))).toBe(25);
  });

  it("begins when the clocks go forward, where they do so at midnight", () => {
    const beirut = calendarOf("day", "Asia/Beirut")(at("2024-03-31T12:00:00Z"));
    expect([beirut.startsAt, hours(beirut)]).toEqual([at("2024-03-30T22:00:00Z"), 23]);
  });

  it("begins once, where the clocks go back over midnight", () => {
    const havana = calendarOf("day", "America/Havana")(at("2024-11-03T12:00:00Z"));
    expect([havana.startsAt, hours(havana)]).toEqual([at("2024-11-03T04:00:00Z"), 25]);
  });
});

it("a month is the calendar's, and not 30 days", () => {
  const period = calendarOf("month", "Europe/Vienna")(at("2026-03-31T21:59:59Z"));
  expect(period).toEqual({ startsAt: at("2026-02-28T23:00:00Z"), endsAt: at("2026-03-31T22:00:00Z") });
});

it("each moment lies in one period, and each period begins where the last one ended", () => {
  const zones = [
    "UTC",
    "Europe/Vienna",
    "America/Sao_Paulo",
    "America/Havana",
    "Asia/Beirut",
    "Australia/Lord_Howe",
  ];
  const moment = fc.integer({ min: at("2000-01-01T00:00:00Z"), max: at("2040-01-01T00:00:00Z") });
  fc.assert(
    fc.property(moment, fc.constantFrom(...zones), fc.constantFrom("day", "month"), (now, zone, per) => {
      const { startsAt, endsAt } = calendarOf(per, zone)(now);
      expect(startsAt <= now && now < endsAt).toBe(true);
      expect(calendarOf(per, zone)(endsAt).startsAt).toBe(endsAt);
      expect(calendarOf(per, zone)(startsAt - 1).endsAt).toBe(startsAt);
      expect(calendarOf(per, zone)(startsAt)).toEqual({ startsAt, endsAt });
    }),
  );
});
