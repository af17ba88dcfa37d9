// How the service stops.
import { integer, type SettingRow } from "./setting-types.ts";

export const stopSettings = {
  drain_seconds: {
    env: "DRAIN_SECONDS",
    schema: integer(0, 600),
    default: 10,
    reload: "live",
    doc: "How long requests may go on after SIGTERM, in seconds.",
  },
  drain_idle_seconds: {
    env: "DRAIN_IDLE_SECONDS",
    schema: integer(0, 600),
    default: 5,
    reload: "live",
    doc: "How long an unused connection stays open after SIGTERM, in seconds: longer than a proxy keeps it for its next request.",
  },
} as const satisfies Record<string, SettingRow>;
