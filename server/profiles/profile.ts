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

const toolEntrySchema = z.union(
  [
    z.string(),
    z.strictObject({
      name: z.string().min(1).describe("The tool's name."),
      run: z.enum(["page", "server"]).default("page").describe("Who answers the model's calls of it."),
    }),
  ],
  { error: "must be a tool's name, or its `name` and `run` (page or server)" },
);

/** One entry of `profiles`. */
export const profileSchema = z
  .strictObject({
    session: sessionSchema.describe("OpenAI's session object, as its API takes it."),
    ttl_seconds: ttlSchema
      .default(60)
      .describe("How long the key may start sessions; a started session goes on."),
    tools: z
      .array(toolEntrySchema)
      .default([])
      .describe(
        "The tools that the model is offered, by name. The page calls them; in supervised sessions those with `run: server` are run by the service itself.",
      ),
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
    for (const [index, entry] of profile.tools.entries()) {
      if (typeof entry === "string" || entry.run === "page" || profile.supervision !== "none") continue;
      const message =
        "needs `supervision`: the service takes no part in a session that it does not supervise";
      context.addIssue({ code: "custom", path: ["tools", index, "run"], message });
    }
  })
  .transform(({ tools, ...profile }) => ({
    ...profile,
    tools: tools.map((entry) => (typeof entry === "string" ? entry : entry.name)),
    /** Those of its tools that the service runs. */
    serverTools: tools.flatMap((entry) =>
      typeof entry !== "string" && entry.run === "server" ? [entry.name] : [],
    ),
  }));

export type ProfileConfig = z.output<typeof profileSchema>;

/** A profile with its name. */
export interface Profile extends ProfileConfig {
  name: string;
}
