// The shapes of the answers about supervised voice sessions.
import { z } from "zod";
import { supervisionKinds } from "../../profiles/supervision.ts";

const instant = z.iso.datetime();
const count = z.int().min(0);

const states = ["opening", "open", "ending", "ended"] as const;

const reasons = [
  ...([
    "hung-up",
    "caller-left",
    "budget",
    "cost",
    "duration",
    "idle",
    "minutes",
    "tokens",
    "operator",
  ] as const),
  ...(["user-disabled", "altered", "moderation", "sideband-lost", "closed-by-openai", "expired"] as const),
  "not-started" as const,
];

const stateFields = {
  id: z.string().describe("The service's name of it, `vs_…`."),
  state: z
    .enum(states)
    .describe(
      "`opening`: not yet created at OpenAI. `ending`: OpenAI was told to end it, and has not confirmed that.",
    ),
  reason: z.enum(reasons).nullable().describe("Why it ended, or is about to; null while it goes on."),
  ends_at: instant.describe("When it will be ended at the latest."),
  seconds: z.number().min(0).describe("How long it has gone on, or went on."),
  tokens: count.describe("In and out, as OpenAI told them."),
};

const cost = z.number().describe("US dollars; what has no known price is left out.");

export const currentSessionSchema = z.strictObject({
  ...stateFields,
  cost_usd: cost
    .optional()
    .describe("For callers with credentials of their own: a page's grant does not show it."),
});

export const voiceSessionSchema = z.strictObject({
  ...stateFields,
  user: z.string().describe("The caller; `guest` for all guests, whose ids hold addresses."),
  team: z.string().nullable(),
  profile: z.string(),
  model: z.string().nullable(),
  interface: z.enum(["live", "realtime"]).describe("OpenAI's: GPT-Live, or Realtime."),
  carriage: z
    .enum(["webrtc", "websocket"])
    .describe("`webrtc`: audio flows between the browser and OpenAI. `websocket`: through this service."),
  supervision: z.enum(supervisionKinds),
  opened_at: instant,
  active_at: instant.describe("When something was last said in it."),
  ended_at: instant.nullable(),
  responses: count,
  voice_seconds: z.number().min(0).describe("Voice time as OpenAI counts it; 0 where it counts tokens."),
  unseen_seconds: z
    .number()
    .min(0)
    .describe("Time in which the service could not see the session; it is charged by the clock."),
  cost_usd: cost,
  tags: z.array(z.string()),
  call_id: z.string().nullable().optional().describe("OpenAI's name of it. For operators."),
  upstream_key: z.string().nullable().optional().describe("The key that it was created with. For operators."),
  replica: z.string().nullable().optional().describe("The replica that watches over it. For operators."),
});

export const voiceSessionsSchema = z.strictObject({
  sessions: z.array(voiceSessionSchema).describe("The newest first."),
});

export const sessionEndSchema = z.strictObject({
  id: z.string(),
  ended: z
    .boolean()
    .describe("Whether it was still open: then it ends within a second. False where it was over."),
});
