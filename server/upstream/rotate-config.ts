// `rotate` of an upstream key: how the service replaces it through OpenAI's admin API.
import { z } from "zod";

const id = (prefix: string) => z.string().regex(/^[\w-]{1,100}$/, `must be an id such as ${prefix}_abc123`);

export const rotateSchema = z.strictObject({
  project: id("proj").describe("The project at OpenAI that the key belongs to."),
  service_account: id("user")
    .optional()
    .describe(
      "The service account that gets the new keys. Without it each new key has a service account of its own.",
    ),
  every_days: z
    .int()
    .min(7)
    .max(3650)
    .optional()
    .describe("Replaces the key when it is that old. Without it, only `broker keys rotate` does."),
  grace_minutes: z
    .int()
    .min(0)
    .max(10_080)
    .default(130)
    .describe(
      "How long the old key stays valid after no replica uses it any more. Ephemeral keys that it minted live up to 120 minutes.",
    ),
});

export type RotateConfig = z.output<typeof rotateSchema>;
