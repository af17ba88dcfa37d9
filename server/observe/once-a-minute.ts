// A log line that is written at most once a minute, for what may happen with each request.
import type { Clock } from "../clock.ts";
import type { Log } from "./log.ts";

const PERIOD_MS = 60_000;

/** `times`: how often it happened since the line before. */
export const onceAMinute = (
  log: Log,
  clock: Pick<Clock, "monotonic">,
  severity: Parameters<Log["write"]>[0],
  event: string,
): ((fields: Record<string, unknown>) => void) => {
  let times = 0;
  let quietUntil = Number.NEGATIVE_INFINITY;
  return (fields) => {
    times += 1;
    const now = clock.monotonic();
    if (now < quietUntil) return;
    log.write(severity, event, { ...fields, times });
    times = 0;
    quietUntil = now + PERIOD_MS;
  };
};
