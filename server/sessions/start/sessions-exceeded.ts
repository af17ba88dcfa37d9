// The refusal of a session for which an account has no room, and when there may be some again.
import { Failure } from "../../failures/failure.ts";
import { dayOf, monthOf } from "../store/session-accounts.ts";
import type { NoRoom } from "../store/session-store.ts";

const DAY_MS = 86_400_000;
const LONGER_THAN_A_MONTH_MS = 32 * DAY_MS;
const SOON_MS = 5000;

const words = {
  at_once: "sessions at once",
  minutes_per_day: "minutes of the day (UTC)",
  minutes_per_month: "minutes of the month (UTC)",
} as const;

/** `now` is in milliseconds since 1970. */
export const sessionsExceeded = ({ account, limit }: Omit<NoRoom, "booked">, now: number): Failure => {
  // What stands behind the line is the caller's own id.
  const [name] = account.split("|");
  return new Failure("sessions-exceeded", `All ${words[limit]} of ${name} are in use.`, {
    headers: { "retry-after": String(Math.ceil((roomAt(limit, now) - now) / 1000)) },
    violatedPolicies: [`voice-${limit.replaceAll("_", "-")}`],
  });
};

// When one of the open sessions ends is not known: try soon.
const roomAt = (limit: NoRoom["limit"], now: number): number => {
  switch (limit) {
    case "at_once":
      return now + SOON_MS;
    case "minutes_per_day":
      return dayOf(now) + DAY_MS;
    case "minutes_per_month":
      return monthOf(monthOf(now) + LONGER_THAN_A_MONTH_MS);
  }
};
