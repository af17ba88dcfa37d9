// What a caller is told who finds no room for a session.
import { expect, it } from "vitest";
import { sessionsExceeded } from "../../../../server/sessions/start/sessions-exceeded.ts";

const at = (text: string): number => Date.parse(`${text}Z`);

it.each([
  ["at_once", "2026-01-31T12:00:00", "2026-01-31T12:00:05"],
  ["minutes_per_day", "2026-01-31T12:00:00", "2026-02-01T00:00:00"],
  ["minutes_per_month", "2026-01-31T12:00:00", "2026-02-01T00:00:00"],
  ["minutes_per_month", "2026-02-01T00:00:00", "2026-03-01T00:00:00"],
  ["minutes_per_month", "2026-12-05T00:00:00", "2027-01-01T00:00:00"],
] as const)("%s used up at %s: come back at %s", (limit, now, then) => {
  const { status, headers } = sessionsExceeded({ account: "all|everyone", limit }, at(now));
  expect(status).toBe(429);
  expect(headers["retry-after"]).toBe(String((at(then) - at(now)) / 1000));
});

it("names the limit, and whose it is only by its name in broker.yaml", () => {
  const failure = sessionsExceeded({ account: "profile:support|guest:0123abc", limit: "at_once" }, 0);
  expect(failure.message).toBe("All sessions at once of profile:support are in use.");
  expect(failure.violatedPolicies).toEqual(["voice-at-once"]);
});
