// The time in a time zone.
import { z } from "zod";
import { defineTool } from "../tool.ts";

const isTimeZone = (name: string): boolean => {
  try {
    new Intl.DateTimeFormat("en", { timeZone: name });
    return true;
  } catch {
    return false;
  }
};

export default defineTool({
  name: "current_time",
  description: "Tells the current date and time in a time zone. Use it whenever somebody asks for the time.",
  parameters: z.object({
    time_zone: z
      .string()
      .max(64)
      .refine(isTimeZone, { error: "must be an IANA time zone, such as Europe/Paris" })
      .describe("An IANA time zone, such as Asia/Tokyo or Europe/Paris.")
      .meta({ examples: ["Asia/Tokyo"] }),
  }),
  run: ({ time_zone }, { clock }) => {
    const now = new Date(clock.now());
    const spoken = new Intl.DateTimeFormat("en-GB", {
      timeZone: time_zone,
      dateStyle: "full",
      timeStyle: "short",
    });
    const offset = new Intl.DateTimeFormat("en", { timeZone: time_zone, timeZoneName: "longOffset" });
    return {
      time_zone,
      local_time: spoken.format(now),
      utc_offset: offset
        .formatToParts(now)
        .find(({ type }) => type === "timeZoneName")
        ?.value.replace("GMT", "UTC"),
      utc: now.toISOString(),
    };
  },
});
