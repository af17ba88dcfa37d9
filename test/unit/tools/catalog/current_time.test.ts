// The clock of the catalogue, at a moment of ours.
import { expect, it } from "vitest";
import tool from "../../../../server/tools/catalog/current_time.ts";

const caller = { kind: "guest", id: "guest:127.0.0.1" } as const;
const at = (moment: string, time_zone: string) => {
  const acceptance = tool.accept({ time_zone });
  if (!acceptance.accepted) return acceptance.errors;
  const clock = { now: () => Date.parse(moment), monotonic: () => 0 };
  return acceptance.run({ signal: new AbortController().signal, clock, caller });
};

it.each([
  ["2026-11-20T12:34:56Z", "Europe/Paris", "Friday 20 November 2026 at 13:34", "UTC+01:00"],
  ["2026-07-20T12:34:56Z", "Europe/Paris", "Monday 20 July 2026 at 14:34", "UTC+02:00"],
  ["2026-11-20T23:59:00Z", "Asia/Tokyo", "Saturday 21 November 2026 at 08:59", "UTC+09:00"],
  ["2026-11-20T12:00:00Z", "Asia/Kathmandu", "Friday 20 November 2026 at 17:45", "UTC+05:45"],
  ["2026-11-20T03:00:00Z", "America/New_York", "Thursday 19 November 2026 at 22:00", "UTC-05:00"],
  ["2026-11-20T00:00:00Z", "Africa/Cairo", "Friday 20 November 2026 at 02:00", "UTC+02:00"],
])("at %s it is, in %s, %s", (moment, time_zone, local_time, utc_offset) => {
  const answer = at(moment, time_zone);
  expect(answer).toMatchObject({ time_zone, utc_offset, utc: new Date(moment).toISOString() });
  // Whether a comma follows the weekday differs between versions of Unicode's data.
  expect(JSON.stringify(answer).replace("day, ", "day ")).toContain(`"${local_time}"`);
});

it.each(["Mars/Olympus", "", "Europe", "../etc/passwd", "Europe/Paris\0", "x".repeat(65)])(
  "%j is no time zone",
  (time_zone) => {
    expect(at("2026-11-20T12:00:00Z", time_zone)).toContainEqual(
      expect.objectContaining({ pointer: "/time_zone" }),
    );
  },
);
