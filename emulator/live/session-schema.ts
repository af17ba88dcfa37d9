// The schema of a GPT-Live session as OpenAI accepts it at its creation; other fields are refused.
import { z } from "zod";

const selector = z.strictObject({
  type: z.string().min(1).max(256),
  response_event: z.string().min(1).max(256).optional(),
});

const clientEventName = z
  .string()
  .min(1)
  .max(256)
  .regex(/^(?:error|info|[a-z][a-z0-9_-]*(?:\.[a-z0-9_-]+)+)$/, "not the name of an event");

const dataChannel = z.strictObject({
  allowed_client_events: z.union([z.literal("all"), z.array(clientEventName).max(256)]).optional(),
  allowed_server_events: z
    .union([
      z.literal("all"),
      z
        .array(
          selector.refine(
            ({ type, response_event }) => (type === "response.event") === (response_event !== undefined),
            "response_event is required when, and only when, type is 'response.event'",
          ),
        )
        .max(256),
    ])
    .optional(),
});

const status = z.enum(["incomplete", "completed"]).nullish();
const message = { id: z.string().nullish(), type: z.literal("message").optional(), status };
const text = <T extends string>(...types: [T, ...T[]]) =>
  z.array(z.strictObject({ type: z.enum(types).optional(), text: z.string() })).length(1);

const initialItem = z.discriminatedUnion("role", [
  z.strictObject({ ...message, role: z.literal("developer"), content: text("input_text") }),
  z.strictObject({ ...message, role: z.literal("user"), content: text("input_text") }),
  z.strictObject({ ...message, role: z.literal("assistant"), content: text("text", "output_text") }),
]);

const functionTool = z.strictObject({
  type: z.literal("function"),
  name: z.string().regex(/^[a-zA-Z0-9_-]{1,64}$/),
  description: z.string().nullish(),
  parameters: z.record(z.string(), z.unknown()).nullish(),
  strict: z.boolean().nullish(),
});

// Run at OpenAI: the emulator takes them and never uses them.
const hostedTool = z.looseObject({
  type: z.enum([
    "web_search",
    "web_search_preview",
    "file_search",
    "code_interpreter",
    "shell",
    "image_generation",
    "mcp",
    "custom",
    "namespace",
    "tool_search",
    "programmatic_tool_calling",
    "computer",
    "apply_patch",
  ]),
});

const toolChoice = z.union([
  z.enum(["auto", "none", "required"]),
  z.strictObject({ type: z.literal("function"), name: z.string() }),
  z.looseObject({ type: z.string() }),
]);

const responses = z.strictObject({
  model: z.string(),
  instructions: z.string().nullish(),
  max_output_tokens: z.number().min(16).nullish(),
  parallel_tool_calls: z.boolean().nullish(),
  reasoning: z
    .strictObject({
      effort: z.enum(["none", "minimal", "low", "medium", "high", "xhigh"]).nullish(),
      summary: z.enum(["concise", "detailed", "auto"]).nullish(),
    })
    .nullish(),
  service_tier: z
    .enum(["auto", "default", "fast_tier_temp_pilot", "flex", "priority", "ultrafast"])
    .nullish(),
  text: z.strictObject({ verbosity: z.enum(["low", "medium", "high"]).nullish() }).nullish(),
  tool_choice: toolChoice.optional(),
  tools: z.array(z.discriminatedUnion("type", [functionTool, hostedTool])).optional(),
});

const questions = z.array(z.looseObject({ type: z.enum(["choice", "predicate", "score"]) }));
const decisions = z.strictObject({ model: z.string(), questions });
const delay = { acknowledgement_delay_ms: z.number().min(0).optional() };
const clientDelegation = z.strictObject({ ...delay, type: z.literal("client") });

const triggers = z.array(
  z.strictObject({
    type: z.literal("decisions"),
    event_type: z.enum(["session.input_transcript.delta", "session.output_transcript.delta"]),
    decisions: z.strictObject({ questions }),
  }),
);

const voice = z.union([z.string(), z.strictObject({ id: z.string().min(1).max(128) })]);
const MOST_INSTRUCTIONS = 16_384 * 4;

export const liveSession = z.strictObject({
  model: z.string(),
  instructions: z.string().max(MOST_INSTRUCTIONS, "more than 16,384 tokens").nullish(),
  audio: z.strictObject({ output: z.strictObject({ voice: voice.optional() }).optional() }).optional(),
  client: z.strictObject({ data_channel: dataChannel }).optional(),
  delegation: z
    .discriminatedUnion("type", [
      clientDelegation,
      z.strictObject({ ...delay, type: z.literal("responses"), responses }),
      z.strictObject({ ...delay, type: z.literal("decisions"), decisions }),
    ])
    .nullish(),
  input: z.array(initialItem).max(128).optional(),
  store: z.boolean().optional(),
  triggers: triggers.optional(),
  safety_identifier: z.string().nullish(),
});

/** The body of `POST /v1/live/sessions`. */
export const createRequest = z.strictObject({
  session: liveSession,
  transport: z.strictObject({ type: z.literal("webrtc"), sdp: z.string().min(1) }),
});

/** What `session.update` may change. */
export const liveUpdate = z.strictObject({
  delegation: z
    .discriminatedUnion("type", [
      clientDelegation,
      z.strictObject({ ...delay, type: z.literal("responses"), responses: responses.partial().optional() }),
      z.strictObject({ ...delay, type: z.literal("decisions"), decisions: decisions.partial().optional() }),
    ])
    .nullish(),
  triggers: triggers.optional(),
});

export type LiveSessionRequest = z.infer<typeof liveSession>;
export type DataChannel = z.infer<typeof dataChannel>;
export type ResponsesDelegation = z.infer<typeof responses>;
