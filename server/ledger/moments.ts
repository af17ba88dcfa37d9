// Moments as people write them in questions: `7d`, a day, a month, an instant. Pure.
import { type Calendar, DAY_MS, HOUR_MS } from "./calendar.ts";

export const MOMENTS =
  "24h, 7d, 4w, a day such as 2026-11-21, a month such as 2026-11, or 2026-11-21T14:00:00Z";

interface Surroundings {
  /** Milliseconds since 1970. */
  now: number;
  calendar: Calendar;
  /** Whether a day or month stands for its first moment, or for its last. */
  edge: "first" | "last";
}

/**
 * Milliseconds since 1970; undefined where it is none. `7d` is seven days ago, from the beginning of that day on, so that the first
 * of several days is a whole one.
 */
export const parseMoment = (text: string, { now, calendar, edge }: Surroundings): number | undefined => {
  const [, count, unit] = /^(\d{1,5})([mhdw])$/.exec(text) ?? [];
  if (count !== undefined && unit !== undefined) return ago(Number(count), unit, now, calendar);
  const [, year, month, day] = /^(\d{4})-(\d\d)(?:-(\d\d))?$/.exec(text) ?? [];
  if (year === undefined || month === undefined) return instantOf(text);
  const first = dayNumber(Number(year), Number(month), Number(day ?? 1));
  if (first === undefined) return undefined;
  if (edge === "first") return calendar.dayAt(first);
  const days = day === undefined ? new Date(Date.UTC(Number(year), Number(month), 0)).getUTCDate() : 1;
  return calendar.dayAt(first + days) - 1;
};

const ago = (count: number, unit: string, now: number, calendar: Calendar): number => {
  if (unit === "m") return now - count * 60_000;
  if (unit === "h") return now - count * HOUR_MS;
  return calendar.startOfDay(Math.max(0, now - count * DAY_MS * (unit === "w" ? 7 : 1)));
};

// The 31st of February is no day.
const dayNumber = (year: number, month: number, day: number): number | undefined => {
  const date = new Date(Date.UTC(year, month - 1, day));
  const isReal = date.getUTCMonth() === month - 1 && date.getUTCDate() === day;
  return isReal ? date.getTime() / DAY_MS : undefined;
};

const instantOf = (text: string): number | undefined => {
  const isInstant = /^\d{4}-\d\d-\d\dT\d\d:\d\d(?::\d\d(?:\.\d{1,9})?)?(?:Z|[+-]\d\d:\d\d)$/.test(text);
  const at = isInstant ? Date.parse(text) : Number.NaN;
  return Number.isNaN(at) ? undefined : at;
};
