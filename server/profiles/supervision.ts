// How a profile's voice sessions are supervised, and what one of them may use.
import { z } from "zod";

/**
 * `none`: the page gets OpenAI's key, and the session is not seen. `watch`: the session is metered and bounded. `enforce`: what the page
 * changes without leave is put right as well. `sealed`: the page can send and see nothing but audio.
 */
export const supervisionKinds = ["none", "watch", "enforce", "sealed"] as const;
export type SupervisionKind = (typeof supervisionKinds)[number];

const amount = (schema: z.ZodNumber = z.number()) => schema.positive().exactOptional();

/** What a session may use, or all those together that it is counted with. */
export const voiceLimitFields = {
  max_minutes: amount().describe("How long one session may last. OpenAI ends it after 60."),
  idle_seconds: amount().describe("How long neither side may be silent in one session before it ends."),
  max_tokens: amount(z.int()).describe("Tokens of one session, in and out."),
  max_cost_usd: amount().describe("What one session may cost, in US dollars."),
  at_once: amount(z.int()).describe("How many sessions may be open at the same time."),
  minutes_per_day: amount().describe("Minutes of all its sessions in a day (UTC)."),
  minutes_per_month: amount().describe("Minutes of all its sessions in a month (UTC)."),
};

/** `voice` of a profile. */
export const voiceSchema = z.strictObject({
  ...voiceLimitFields,
  at_once: voiceLimitFields.at_once.describe("How many sessions one caller may have open in this profile."),
  minutes_per_day: voiceLimitFields.minutes_per_day.describe(
    "Minutes of one caller in this profile in a day (UTC).",
  ),
  minutes_per_month: voiceLimitFields.minutes_per_month.describe(
    "Minutes of one caller in this profile in a month (UTC).",
  ),
  notice_seconds: z
    .number()
    .min(0)
    .max(600)
    .default(60)
    .describe("How long before the end the model is told to say good-bye; 0: it is not told."),
  notice: z
    .string()
    .min(1)
    .max(2000)
    .default(
      "This conversation will be ended in about a minute, because its time is up. Tell the user so in one short sentence, and say good-bye.",
    )
    .describe("What the model is told then."),
  without_sideband: z
    .enum(["end", "go_on"])
    .default("end")
    .describe(
      "What happens when OpenAI lets the service not join a session: it ends, or goes on metered by the clock.",
    ),
  usd_per_minute: z
    .number()
    .min(0)
    .max(1000)
    .default(0.3)
    .describe("What a minute is taken to cost while the service cannot see what is used."),
  moderation: z
    .strictObject({
      model: z.string().min(1).default("omni-moderation-latest").describe("OpenAI's moderation model."),
      of: z
        .array(z.enum(["user", "assistant"]))
        .min(1)
        .default(["user"])
        .describe("Whose words are checked."),
    })
    .exactOptional()
    .describe(
      "Sends what was said through OpenAI's moderation; a session in which something is flagged ends.",
    ),
  progress_seconds: z
    .number()
    .min(0)
    .max(60)
    .default(4)
    .describe(
      "How long a tool that the service runs may take before the model is told to fill the silence; 0: it is not told.",
    ),
  page_tools: z
    .enum(["open", "session"])
    .default("open")
    .describe("`session`: the page's tools answer only with the grant of a live session."),
});

/** How a profile's sessions are watched over. */
export type VoiceSettings = z.output<typeof voiceSchema>;

/** The same for one caller's session. */
export interface SessionSettings extends VoiceSettings {
  /** The names of the tools that the service runs. */
  serverTools: readonly string[];
}

export const supervisionFields = {
  supervision: z
    .enum(supervisionKinds)
    .default("none")
    .describe(
      "`none`: the page gets a key of OpenAI's. `watch`, `enforce`, `sealed`: it gets a ticket, and the service watches over the session.",
    ),
  voice: voiceSchema.prefault({}).describe("Limits of supervised sessions, and what becomes of them."),
};
