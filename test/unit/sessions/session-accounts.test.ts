// When a caller may come back who finds no room for a session.
import { expect, it } from "vitest";
import { roomAt } from "../../../server/sessions/session-accounts.ts";

const at = (text: string): number => Date.parse(`${text}Z`);

it.each([
  ["at_once", "2026-01-31T12:00:00", "2026-01-31T12:00:05"],
  ["minutes_per_day", "2026-01-31T12:00:00", "2026-02-01T00:00:00"],
  ["minutes_per_month", "2026-01-31T12:00:00", "2026-02-01T00:00:00"],
  ["minutes_per_month", "2026-02-01T00:00:00", "2026-03-01T00:00:00"],
  ["minutes_per_month", "2026-12-05T00:00:00", "2027-01-01T00:00:00"],
] as const)("%s used up at %s: at %s", (limit, now, then) => {
  expect(roomAt(limit, at(now))).toBe(at(then));
});
