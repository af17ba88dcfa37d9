// The time in a time zone.
import { LRUCache } from "lru-cache";
import { z } from "zod";
import { defineTool } from "../tool.ts";

interface Formats {
  time: Intl.DateTimeFormat;
  offset: Intl.DateTimeFormat;
}

// Making a format takes a hundred times as long as using it. Zones have many spellings ("asia/TOKYO"), hence the bound.
const known = new LRUCache<string, Formats>({ max: 500 });

/** Undefined for what is no time zone. */
const formatsFor = (timeZone: string): Formats | undefined => {
  const found = known.get(timeZone);
  if (found) return found;
  try {
    const formats = {
      time: new Intl.DateTimeFormat("en-GB", { timeZone, dateStyle: "full", timeStyle: "short" }),
      offset: new Intl.DateTimeFormat("en", { timeZone, timeZoneName: "longOffset" }),
    };
    known.set(timeZone, formats);
    return formats;
  } catch {
    return undefined;
  }
};

export default defineTool({
  name: "current_time",
  description: "Tells the current date and time in a time zone. Use it whenever the user asks for the time.",
  parameters: z.object({
    time_zone: z
      .string()
      .max(64)
      .refine((name) => formatsFor(name) !== undefined, {
        error: "must be an IANA time zone, such as Europe/Paris",
      })
      .describe("An IANA time zone, such as Asia/Tokyo or Europe/Paris.")
      .meta({ examples: ["Asia/Tokyo"] }),
  }),
  run: ({ time_zone }, { clock }) => {
    const now = new Date(clock.now());
    const formats = formatsFor(time_zone);
    const parts = formats?.offset.formatToParts(now) ?? [];
    return {
      time_zone,
      local_time: formats?.time.format(now),
      utc_offset: parts.find(({ type }) => type === "timeZoneName")?.value.replace("GMT", "UTC"),
      utc: now.toISOString(),
    };
  },
});
