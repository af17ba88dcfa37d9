// Calendar days and months in a time zone, with the days on which its clocks change. Pure.

/** Milliseconds since 1970; `endsAt` is the next one's beginning. */
export interface Period {
  startsAt: number;
  endsAt: number;
}

/** The period in which a moment lies. */
export type Calendar = (now: number) => Period;

/** Remembers the period that it found last: finding one asks for the zone's rules. */
export const calendarOf = (per: "day" | "month", timeZone: string): Calendar => {
  const wallTimeAt = wallClock(timeZone);
  let last: Period = { startsAt: 0, endsAt: 0 };
  return (now) => {
    if (now >= last.startsAt && now < last.endsAt) return last;
    const wall = new Date(wallTimeAt(now));
    const [year, month, day] = [wall.getUTCFullYear(), wall.getUTCMonth(), wall.getUTCDate()];
    const [first, next] =
      per === "day"
        ? [Date.UTC(year, month, day), Date.UTC(year, month, day + 1)]
        : [Date.UTC(year, month, 1), Date.UTC(year, month + 1, 1)];
    last = { startsAt: beginningOf(first, wallTimeAt), endsAt: beginningOf(next, wallTimeAt) };
    return last;
  };
};

/** What a clock on the wall shows at a moment, as if it were UTC. */
type WallTime = (at: number) => number;

const wallClock = (timeZone: string): WallTime => {
  const format = new Intl.DateTimeFormat("en-US", {
    timeZone,
    calendar: "gregory",
    numberingSystem: "latn",
    hourCycle: "h23",
    year: "numeric",
    month: "numeric",
    day: "numeric",
    hour: "numeric",
    minute: "numeric",
    second: "numeric",
  });
  return (at) => {
    const shown: Record<string, number> = {};
    for (const { type, value } of format.formatToParts(at)) shown[type] = Number(value);
    const { year = 0, month = 1, day = 1, hour = 0, minute = 0, second = 0 } = shown;
    return Date.UTC(year, month - 1, day, hour, minute, second);
  };
};

const DAY_MS = 86_400_000;

/** The first moment of the day whose midnight the clocks show as `midnight`. */
const beginningOf = (midnight: number, wallTimeAt: WallTime): number => {
  // Clocks change by no more than a day, so one of these two offsets holds at that midnight.
  const before = midnight - (wallTimeAt(midnight - DAY_MS) - (midnight - DAY_MS));
  const after = midnight - (wallTimeAt(midnight + DAY_MS) - (midnight + DAY_MS));
  const shown = [before, after].filter((at) => wallTimeAt(at) === midnight);
  // Where clocks go forward at midnight it is never shown: the day begins when they do.
  return shown.length > 0 ? Math.min(...shown) : before;
};
