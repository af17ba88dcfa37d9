// OpenAI's session objects as a schema: what a profile may say, unknown fields refused. That of GPT-Live has a file of its own.
// Source: the types of the npm package `openai`, resources/realtime/realtime.d.ts.
import { z } from "zod";
import type { JsonRecord } from "../json/record.ts";
import { audioInput, audioOutput } from "./session-audio.ts";
import { liveSession } from "./session-live.ts";
import { sessionTool, toolChoice } from "./session-tools.ts";

const include = z.array(z.literal("item.input_audio_transcription.logprobs"));

const tracing = z.union([
  z.literal("auto"),
  z.strictObject({
    workflow_name: z.string().exactOptional(),
    group_id: z.string().exactOptional(),
    metadata: z.record(z.string(), z.unknown()).exactOptional(),
  }),
]);

const truncation = z.union([
  z.enum(["auto", "disabled"]),
  z.strictObject({
    type: z.literal("retention_ratio"),
    retention_ratio: z.number().min(0).max(1),
    token_limits: z.strictObject({ post_instructions: z.int().min(0).exactOptional() }).exactOptional(),
  }),
]);

export const realtimeSession = z.strictObject({
  type: z.literal("realtime"),
  model: z.string().min(1),
  output_modalities: z
    .array(z.enum(["audio", "text"]))
    .length(1, 'is ["audio"] or ["text"], not both')
    .exactOptional(),
  instructions: z.string().exactOptional(),
  audio: z
    .strictObject({ input: audioInput.exactOptional(), output: audioOutput.exactOptional() })
    .exactOptional(),
  tools: z.array(sessionTool).exactOptional(),
  tool_choice: toolChoice.exactOptional(),
  parallel_tool_calls: z.boolean().exactOptional(),
  reasoning: z
    .strictObject({ effort: z.enum(["minimal", "low", "medium", "high", "xhigh"]).exactOptional() })
    .exactOptional(),
  max_output_tokens: z.union([z.int().min(1).max(4096), z.literal("inf")]).exactOptional(),
  truncation: truncation.exactOptional(),
  tracing: tracing.nullable().exactOptional(),
  include: include.exactOptional(),
});

export const transcriptionSession = z.strictObject({
  type: z.literal("transcription"),
  audio: z.strictObject({ input: audioInput.exactOptional() }).exactOptional(),
  include: include.exactOptional(),
});

export const sessionSchema = z.discriminatedUnion("type", [
  realtimeSession,
  transcriptionSession,
  liveSession,
]);

/** What a profile grants. */
export type Session = z.output<typeof sessionSchema>;

/** What is sent to OpenAI as `session`: GPT-Live's has no type. */
export const openAiSession = (session: Session): JsonRecord => {
  if (session.type !== "live") return session;
  const { type: _, ...sent } = session;
  return sent;
};

/** The model that GPT-Live hands work to; undefined where none does it at OpenAI. */
export const delegateOf = (session: Session): string | undefined => {
  const { delegation } = session.type === "live" ? session : {};
  return delegation?.type === "responses" ? delegation.responses.model : undefined;
};

/** The tools that the session itself names, and where they stand in it. */
export const toolsIn = (session: Session) => {
  if (session.type === "realtime") return { at: "tools", tools: session.tools ?? [] };
  const at = "delegation.responses.tools";
  const { delegation } = session.type === "live" ? session : {};
  return { at, tools: (delegation?.type === "responses" && delegation.responses.tools) || [] };
};
