// OpenAI's GPT-Live session object as a schema: what a profile may say, unknown fields refused. OpenAI's own has no `type`.
// Source: the types of the npm package `openai`, resources/live/live.d.ts, `MediaSessionConfig`.
import { z } from "zod";
import { liveDataChannel } from "./live-data-channel.ts";
import { liveTriggers } from "./live-decisions.ts";
import { liveDelegation } from "./live-delegation.ts";

const item = {
  type: z.literal("message").exactOptional(),
  id: z.string().nullable().exactOptional(),
  status: z.enum(["incomplete", "completed"]).nullable().exactOptional(),
};

const onePart = <Part extends z.ZodType>(part: Part) => z.array(part).length(1, "has one part, a text");
const written = z.strictObject({ type: z.literal("input_text").exactOptional(), text: z.string() });
const spoken = z.union([
  z.strictObject({ type: z.literal("output_text"), text: z.string() }),
  z.strictObject({ type: z.literal("text").exactOptional(), text: z.string() }),
]);

/** What was said before the session, oldest first. */
const history = z
  .array(
    z.discriminatedUnion("role", [
      z.strictObject({ role: z.enum(["developer", "user"]), ...item, content: onePart(written) }),
      z.strictObject({ role: z.literal("assistant"), ...item, content: onePart(spoken) }),
    ]),
  )
  .max(128);

const voice = z.union([z.string().min(1), z.strictObject({ id: z.string().min(1).max(128) })]);

export const liveSession = z.strictObject({
  type: z.literal("live"),
  model: z.string().min(1),
  instructions: z.string().nullable().exactOptional(),
  audio: z
    .strictObject({ output: z.strictObject({ voice: voice.exactOptional() }).exactOptional() })
    .exactOptional(),
  client: z.strictObject({ data_channel: liveDataChannel }).exactOptional(),
  delegation: liveDelegation.nullable().exactOptional(),
  input: history.exactOptional(),
  store: z.boolean().exactOptional(),
  triggers: liveTriggers.exactOptional(),
});

export type LiveSession = z.output<typeof liveSession>;
