// A profile: the server's own settings for a session, and who may have one.
import { z } from "zod";
import { allowSchema } from "../auth/allow.ts";
import { toolContents } from "../ledger/content.ts";
import { ratesSchema } from "../rates.ts";
import { dataChannelMistakes } from "./live-data-channel.ts";
import { overridePaths } from "./overrides.ts";
import { type Session, sessionSchema, toolsIn } from "./session.ts";
import { type SupervisionKind, supervisionFields } from "./supervision.ts";

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
    for (const { path, message } of liveMistakes(profile)) {
      context.addIssue({ code: "custom", path, message });
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
    /** Those of its tools that the service runs. A page can answer none of GPT-Live's calls. */
    serverTools: tools.flatMap((entry) => {
      const { name, run } = typeof entry === "string" ? { name: entry, run: "page" } : entry;
      return run === "server" || profile.session.type === "live" ? [name] : [];
    }),
  }));

const liveMistakes = ({
  session,
  supervision,
  tools,
}: {
  session: Session;
  supervision: SupervisionKind;
  tools: readonly unknown[];
}): { path: (number | string)[]; message: string }[] => {
  if (session.type !== "live") return [];
  const { client, delegation } = session;
  const mistakes = dataChannelMistakes(client?.data_channel ?? {}, {
    isSealed: supervision === "sealed",
    isDelegate: delegation?.type === "client",
  }).map(({ path, message }) => ({ path: ["session", "client", "data_channel", ...path], message }));
  if (supervision === "none") {
    const message =
      "must be watch, enforce or sealed, as OpenAI has no keys for browsers for GPT-Live: its sessions start here";
    mistakes.push({ path: ["supervision"], message });
  }
  if (tools.length > 0 && delegation?.type !== "responses") {
    const message =
      "are for the model behind the voice; name it in session.delegation: { type: responses, responses: { model } }";
    mistakes.push({ path: ["tools"], message });
  }
  for (const [index, tool] of toolsIn(session).tools.entries()) {
    if (tool.type !== "function") continue;
    const message = `none would answer ${tool.name}: offer a tool of that name under \`tools\``;
    mistakes.push({ path: ["session", "delegation", "responses", "tools", index], message });
  }
  return mistakes;
};

export type ProfileConfig = z.output<typeof profileSchema>;

/** A profile with its name. */
export interface Profile extends ProfileConfig {
  name: string;
}
