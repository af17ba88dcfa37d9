// The schema of a Realtime session as OpenAI accepts it since general availability; other fields are refused.
import { z } from "zod";

const format = z.discriminatedUnion("type", [
  z.strictObject({ type: z.literal("audio/pcm"), rate: z.literal(24000).default(24000) }),
  z.strictObject({ type: z.literal("audio/pcmu") }),
  z.strictObject({ type: z.literal("audio/pcma") }),
]);

const serverVad = z.strictObject({
  type: z.literal("server_vad"),
  threshold: z.number().min(0).max(1).optional(),
  prefix_padding_ms: z.number().int().min(0).optional(),
  silence_duration_ms: z.number().int().min(0).optional(),
  idle_timeout_ms: z.number().int().min(5000).max(30000).nullish(),
  create_response: z.boolean().optional(),
  interrupt_response: z.boolean().optional(),
});

const semanticVad = z.strictObject({
  type: z.literal("semantic_vad"),
  eagerness: z.enum(["low", "medium", "high", "auto"]).optional(),
  create_response: z.boolean().optional(),
  interrupt_response: z.boolean().optional(),
});

const turnDetection = z.discriminatedUnion("type", [serverVad, semanticVad]);

const transcription = z.strictObject({
  model: z.string().optional(),
  language: z.string().optional(),
  languages: z.array(z.string()).optional(),
  prompt: z.string().optional(),
  keywords: z.array(z.string()).optional(),
  delay: z.enum(["minimal", "low", "medium", "high", "xhigh"]).optional(),
});

const audioInput = z.strictObject({
  format: format.optional(),
  noise_reduction: z
    .strictObject({ type: z.enum(["near_field", "far_field"]), strength: z.number().optional() })
    .nullish(),
  transcription: transcription.nullish(),
  turn_detection: turnDetection.nullish(),
});

const voices = [
  "alloy",
  "ash",
  "ballad",
  "coral",
  "echo",
  "sage",
  "shimmer",
  "verse",
  "marin",
  "cedar",
] as const;

/** The output side of a session's or a response's audio. */
export const audioOutput = z.strictObject({
  format: format.optional(),
  speed: z.number().min(0.25).max(1.5).optional(),
  voice: z.union([z.enum(voices), z.strictObject({ id: z.string() })]).optional(),
});

const functionTool = z.strictObject({
  type: z.literal("function"),
  name: z.string().regex(/^[a-zA-Z0-9_-]{1,64}$/),
  description: z.string().optional(),
  parameters: z.record(z.string(), z.unknown()).optional(),
});

const toolFilter = z.strictObject({
  read_only: z.boolean().optional(),
  tool_names: z.array(z.string()).optional(),
});

const mcpTool = z.strictObject({
  type: z.literal("mcp"),
  server_label: z.string(),
  server_url: z.string().optional(),
  connector_id: z.string().optional(),
  tunnel_id: z.string().optional(),
  server_description: z.string().optional(),
  authorization: z.string().optional(),
  headers: z.record(z.string(), z.string()).nullish(),
  allowed_tools: z.union([z.array(z.string()), toolFilter]).nullish(),
  require_approval: z
    .union([
      z.enum(["always", "never"]),
      z.strictObject({ always: toolFilter.optional(), never: toolFilter.optional() }),
    ])
    .nullish(),
  allowed_callers: z.array(z.enum(["direct", "programmatic"])).optional(),
  defer_loading: z.boolean().optional(),
});

export const tools = z.array(z.discriminatedUnion("type", [functionTool, mcpTool]));

export const toolChoice = z.union([
  z.enum(["none", "auto", "required"]),
  z.strictObject({ type: z.literal("function"), name: z.string() }),
  z.strictObject({ type: z.literal("mcp"), server_label: z.string(), name: z.string().nullish() }),
]);

export const outputModalities = z.array(z.enum(["text", "audio"])).length(1);
export const maxOutputTokens = z.union([z.number().int().min(1).max(4096), z.literal("inf")]);
export const reasoning = z.strictObject({
  effort: z.enum(["minimal", "low", "medium", "high", "xhigh"]).optional(),
});
export const prompt = z.strictObject({
  id: z.string(),
  version: z.string().nullish(),
  variables: z.record(z.string(), z.unknown()).nullish(),
});

const include = z.array(z.literal("item.input_audio_transcription.logprobs"));

export const realtimeSession = z.strictObject({
  type: z.literal("realtime"),
  model: z.string().optional(),
  output_modalities: outputModalities.optional(),
  instructions: z.string().optional(),
  audio: z.strictObject({ input: audioInput.optional(), output: audioOutput.optional() }).optional(),
  tools: tools.optional(),
  tool_choice: toolChoice.optional(),
  parallel_tool_calls: z.boolean().optional(),
  reasoning: reasoning.optional(),
  max_output_tokens: maxOutputTokens.optional(),
  truncation: z
    .union([
      z.enum(["auto", "disabled"]),
      z.strictObject({
        type: z.literal("retention_ratio"),
        retention_ratio: z.number().min(0).max(1),
        token_limits: z.strictObject({ post_instructions: z.number().int().min(0).optional() }).optional(),
      }),
    ])
    .optional(),
  tracing: z
    .union([
      z.literal("auto"),
      z.strictObject({
        workflow_name: z.string().optional(),
        group_id: z.string().optional(),
        metadata: z.record(z.string(), z.unknown()).optional(),
      }),
    ])
    .nullish(),
  include: include.nullish(),
  prompt: prompt.nullish(),
});

export const transcriptionSession = z.strictObject({
  type: z.literal("transcription"),
  audio: z.strictObject({ input: audioInput.optional() }).optional(),
  include: include.nullish(),
});

/** A session as a client sends it: at minting, at the start of a call, or in `session.update`. */
export const sessionRequest = z.discriminatedUnion("type", [realtimeSession, transcriptionSession]);

export type RealtimeSessionRequest = z.infer<typeof realtimeSession>;
export type SessionRequest = z.infer<typeof sessionRequest>;
export type AudioFormat = z.infer<typeof format>;
export type TurnDetection = z.infer<typeof turnDetection>;
export type Tool = z.infer<typeof tools>[number];
export type FunctionTool = z.infer<typeof functionTool>;
export type ToolChoice = z.infer<typeof toolChoice>;
