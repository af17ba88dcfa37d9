// A profile: the server's own settings for a session, and who may have one.
import { z } from "zod";
import { allowSchema } from "../auth/allow.ts";
import { toolContents } from "../ledger/content.ts";
import { ratesSchema } from "../rates.ts";
import { overridePaths } from "./overrides.ts";
import { sessionSchema } from "./session.ts";
import { supervisionFields } from "./supervision.ts";

/** For how long a key may start sessions, in seconds: what OpenAI takes. */
export const ttlSchema = z.int().min(10).max(7200);

/** One entry of `profiles`. */
export const profileSchema = z
  .strictObject({
    session: sessionSchema.describe("OpenAI's session object, as its API takes it."),
    ttl_seconds: ttlSchema
      .default(60)
      .describe("How long the key may start sessions; a started session goes on."),
    tools: z.array(z.string()).default([]).describe("The tools that the model is offered."),
    allow: allowSchema
      .default(["everyone"])
      .describe("Who may use it: everyone, members, guests, token:NAME, issuer:URL."),
    record: z
      .array(z.enum(toolContents))
      .default([])
      .describe(
        "What is kept of its tools' calls, for operators: `tool_arguments`, `tool_results`. Nothing by default.",
      ),
    limit: ratesSchema
      .default([])
      .describe("How often all callers together may mint with it, such as `100 per minute`."),
    ...supervisionFields,
    overrides: z
      .array(z.string())
      .default([])
      .describe("Session fields that the caller may set, such as instructions or audio.output.voice."),
  })
  .superRefine((profile, context) => {
    const possible = overridePaths(profile.session.type);
    for (const [index, path] of profile.overrides.entries()) {
      if (possible.has(path)) continue;
      const message = `${path} cannot be overridden; possible are ${[...possible].join(", ")}`;
      context.addIssue({ code: "custom", path: ["overrides", index], message });
    }
    if (profile.session.type === "transcription" && profile.tools.length > 0) {
      context.addIssue({ code: "custom", path: ["tools"], message: "a transcription session has no tools" });
    }
  });

export type ProfileConfig = z.output<typeof profileSchema>;

/** A profile with its name. */
export interface Profile extends ProfileConfig {
  name: string;
}
