// The moments of a range in a time zone, and the hours or days in it.
import { calendarOf, DAY_MS, HOUR_MS } from "../../server/ledger/calendar.ts";
import type { Shown } from "./address.ts";

export interface Moments {
  /** Milliseconds since 1970. */
  since: number;
  until: number;
  period: "hour" | "day";
  /** When each hour or day begins. */
  periods: number[];
}

type Asked = Pick<Shown, "from" | "range" | "timeZone" | "to">;

/** `now` is in milliseconds since 1970. A range that is not over ends now. */
export const momentsOf = ({ range, from, to, timeZone }: Asked, now: number): Moments => {
  const { startOfDay } = calendarOf(timeZone);
  const today = startOfDay(now);
  switch (range) {
    case "24h": {
      const thisHour = now - (now % HOUR_MS);
      return byHour(thisHour - 23 * HOUR_MS, now);
    }
    case "7d":
      return byDay(startOfDay(today - 6 * DAY_MS + HALF_DAY_MS), now, timeZone);
    case "30d":
      return byDay(startOfDay(today - 29 * DAY_MS + HALF_DAY_MS), now, timeZone);
    case "month": {
      const day = Number(new Intl.DateTimeFormat("en", { timeZone, day: "numeric" }).format(now));
      return byDay(startOfDay(today - (day - 1) * DAY_MS + HALF_DAY_MS), now, timeZone);
    }
    case "custom": {
      const since = startOfDate(from ?? "", timeZone);
      const end = startOfDay(startOfDate(to ?? "", timeZone) + DAY_MS + HALF_DAY_MS);
      const until = Math.min(end - 1, Math.max(now, since));
      return end - since <= 2 * DAY_MS + HOUR_MS ? byHour(since, until) : byDay(since, until, timeZone);
    }
  }
};

// Days have 23 to 25 hours: half a day from midnight is on the same day, and a day and a half on the next.
const HALF_DAY_MS = DAY_MS / 2;

/** Midnight of a day such as 2026-11-21. */
const startOfDate = (date: string, timeZone: string): number => {
  const noon = Date.parse(`${date}T12:00:00Z`);
  const { startOfDay } = calendarOf(timeZone);
  const isIt = (at: number) => dateOf(at, timeZone) === date;
  // Zones are up to 14 hours ahead of UTC, so noon there may be on the day beside.
  const inside = [noon, noon - HALF_DAY_MS, noon + HALF_DAY_MS].find(isIt) ?? noon;
  return startOfDay(inside);
};

/** A day such as 2026-11-21. */
export const dateOf = (at: number, timeZone: string): string =>
  new Intl.DateTimeFormat("en-CA", { timeZone, year: "numeric", month: "2-digit", day: "2-digit" }).format(
    at,
  );

const byHour = (since: number, until: number): Moments => {
  const periods: number[] = [];
  for (let at = since; at <= until; at += HOUR_MS) periods.push(at);
  return { since, until, period: "hour", periods };
};

const byDay = (since: number, until: number, timeZone: string): Moments => {
  const { startOfDay } = calendarOf(timeZone);
  const periods: number[] = [];
  for (let at = since; at <= until; at = startOfDay(at + DAY_MS + HALF_DAY_MS)) periods.push(at);
  return { since, until, period: "day", periods };
};
