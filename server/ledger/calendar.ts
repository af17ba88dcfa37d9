// Hours and days, the days those of a time zone. Pure.

export const HOUR_MS = 3_600_000;
export const DAY_MS = 24 * HOUR_MS;

export interface Calendar {
  /** When the day that holds a moment begins. */
  startOfDay(at: number): number;
  /** When the day of that number begins, counted from the first of January 1970 in this zone. */
  dayAt(number: number): number;
  /** What the zone's clocks are ahead of UTC in a range, piece by piece: `offsetMs` holds from `from` on. */
  offsetsIn(since: number, until: number): { from: number; offsetMs: number }[];
}

/** Whether it is an IANA time zone, such as `Europe/Vienna`. */
export const isTimeZone = (name: string): boolean => {
  try {
    new Intl.DateTimeFormat("en", { timeZone: name });
    return true;
  } catch {
    return false;
  }
};

/** Throws a RangeError for a zone that there is not. */
export const calendarOf = (timeZone: string): Calendar => {
  const format = new Intl.DateTimeFormat("en", { timeZone, timeZoneName: "longOffset" });
  const offsetAt = (at: number): number => {
    const [, sign, hours = "0", minutes = "0"] = /GMT([+-])(\d\d):(\d\d)/.exec(format.format(at)) ?? [];
    const ms = Number(hours) * HOUR_MS + Number(minutes) * 60_000;
    return sign === "-" ? -ms : ms;
  };
  const dayOf = (at: number): number => Math.floor((at + offsetAt(at)) / DAY_MS);
  /** Rows of a report are of the same days again and again. */
  const days = new Map<number, number>();
  const dayAt = (number: number): number => {
    const known = days.get(number);
    if (known !== undefined) return known;
    const at = findDay(number);
    days.set(number, at);
    return at;
  };
  const findDay = (number: number): number => {
    const midnight = number * DAY_MS;
    // Where clocks change at midnight it comes twice, or is left out; the offsets of the days around it tell.
    const moments = [midnight - DAY_MS, midnight + DAY_MS].map((near) => midnight - offsetAt(near));
    return moments.sort((a, b) => a - b).find((at) => dayOf(at) === number) ?? midnight - offsetAt(midnight);
  };
  return {
    startOfDay: (at) => dayAt(dayOf(at)),
    dayAt,
    offsetsIn: (since, until) => {
      const pieces = [{ from: since, offsetMs: offsetAt(since) }];
      for (let at = since; at < until; at += DAY_MS) {
        const offsetMs = offsetAt(Math.min(at + DAY_MS, until));
        if (offsetMs === pieces.at(-1)?.offsetMs) continue;
        pieces.push({ from: changeAfter(at, offsetMs, offsetAt), offsetMs });
      }
      return pieces;
    },
  };
};

const QUARTER_MS = 15 * 60_000;

// Clocks change at a quarter of an hour.
const changeAfter = (since: number, offsetMs: number, offsetAt: (at: number) => number): number => {
  let before = Math.floor(since / QUARTER_MS);
  let after = before + DAY_MS / QUARTER_MS + 1;
  while (after - before > 1) {
    const middle = Math.floor((before + after) / 2);
    if (offsetAt(middle * QUARTER_MS) === offsetMs) after = middle;
    else before = middle;
  }
  return after * QUARTER_MS;
};

/** The day as `2026-11-21`, in its zone; an hour as `2026-11-21T14:00Z`. */
export const periodLabel = (at: number, period: "hour" | "day", timeZone: string): string =>
  period === "hour" ? `${new Date(at).toISOString().slice(0, 16)}Z` : dayFormatOf(timeZone).format(at);

let lastDayFormat = { timeZone: "", format: new Intl.DateTimeFormat("sv-SE", { dateStyle: "short" }) };

// To make one takes fifty times as long as to use it: with one for each row, a report would hold up all requests for a second.
const dayFormatOf = (timeZone: string): Intl.DateTimeFormat => {
  if (lastDayFormat.timeZone !== timeZone) {
    const format = new Intl.DateTimeFormat("sv-SE", { timeZone, dateStyle: "short" });
    lastDayFormat = { timeZone, format };
  }
  return lastDayFormat.format;
};
