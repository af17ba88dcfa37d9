// The configured keys at OpenAI, Azure OpenAI or a compatible server.
import { z } from "zod";
import { Secret } from "../secret.ts";

/** One entry of `upstream_keys`. */
export const upstreamKeySchema = z.strictObject({
  name: z
    .string()
    .regex(/^[\w.@-]{1,64}$/, "must be 1 to 64 letters, digits or . @ _ -")
    .describe("What it is called in logs and metrics."),
  secret: z
    .string()
    .trim()
    .regex(/^[\x21-\x7e]+$/, "must be one word of plain characters")
    .transform((text) => new Secret(text))
    .describe("The key itself. Keep it out of the file, in the environment."),
  base_url: z
    .url({ protocol: /^https?$/, error: "must be an http(s) address" })
    .transform((url) => url.replace(/\/+$/, ""))
    .default("https://api.openai.com/v1")
    .describe("Its region, `https://RESOURCE.openai.azure.com/openai/v1`, or any compatible server."),
  organization: z.string().min(1).optional().describe("The organization to bill."),
  project: z.string().min(1).optional().describe("The project to bill."),
  priority: z.int().min(0).max(1000).default(0).describe("The highest that is healthy goes first."),
  weight: z.number().positive().max(1000).default(1).describe("Its share among those of the same priority."),
  models: z
    .array(z.string().min(1))
    .min(1)
    .optional()
    .describe("The models it has, such as `gpt-realtime*`; all by default."),
});

export type UpstreamKey = z.output<typeof upstreamKeySchema>;
