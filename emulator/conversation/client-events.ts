// The events that a client may send during a session; any other is answered by an `error` event.
import { z } from "zod";
import { OpenAiError } from "../http/openai-error.ts";
import { accept } from "../http/refusal.ts";
import {
  audioOutput,
  maxOutputTokens,
  outputModalities,
  prompt,
  reasoning,
  sessionRequest,
  toolChoice,
  tools,
} from "../session/session-schema.ts";

const itemFields = {
  id: z.string().max(64).optional(),
  object: z.literal("realtime.item").optional(),
  status: z.enum(["completed", "incomplete", "in_progress"]).optional(),
};

const inputText = z.strictObject({ type: z.literal("input_text"), text: z.string() });
const inputAudio = z.strictObject({
  type: z.literal("input_audio"),
  audio: z.string().optional(),
  transcript: z.string().nullish(),
});
const inputImage = z.strictObject({
  type: z.literal("input_image"),
  image_url: z.string(),
  detail: z.enum(["auto", "low", "high"]).optional(),
});
const outputText = z.strictObject({ type: z.literal("output_text"), text: z.string() });
const outputAudio = z.strictObject({
  type: z.literal("output_audio"),
  audio: z.string().optional(),
  transcript: z.string().optional(),
});

const message = z.discriminatedUnion("role", [
  z.strictObject({
    ...itemFields,
    type: z.literal("message"),
    role: z.literal("system"),
    content: z.array(z.discriminatedUnion("type", [inputText])),
  }),
  z.strictObject({
    ...itemFields,
    type: z.literal("message"),
    role: z.literal("user"),
    content: z.array(z.discriminatedUnion("type", [inputText, inputAudio, inputImage])),
  }),
  z.strictObject({
    ...itemFields,
    type: z.literal("message"),
    role: z.literal("assistant"),
    content: z.array(z.discriminatedUnion("type", [outputText, outputAudio])),
  }),
]);

const functionCall = z.strictObject({
  ...itemFields,
  type: z.literal("function_call"),
  call_id: z.string().optional(),
  name: z.string(),
  arguments: z.string(),
});

const functionCallOutput = z.strictObject({
  ...itemFields,
  type: z.literal("function_call_output"),
  call_id: z.string(),
  output: z.string(),
});

const item = z.discriminatedUnion("type", [message, functionCall, functionCallOutput]);
const itemReference = z.strictObject({ type: z.literal("item_reference"), id: z.string() });

const responseParams = z.strictObject({
  audio: z.strictObject({ output: audioOutput.omit({ speed: true }).optional() }).optional(),
  conversation: z.union([z.enum(["auto", "none"]), z.string()]).optional(),
  input: z.array(z.union([item, itemReference])).optional(),
  instructions: z.string().optional(),
  max_output_tokens: maxOutputTokens.optional(),
  metadata: z.record(z.string(), z.string()).nullish(),
  output_modalities: outputModalities.optional(),
  parallel_tool_calls: z.boolean().optional(),
  prompt: prompt.nullish(),
  reasoning: reasoning.optional(),
  tool_choice: toolChoice.optional(),
  tools: tools.optional(),
});

const event = <T extends string, F extends z.ZodRawShape>(type: T, fields: F) =>
  z.strictObject({ type: z.literal(type), event_id: z.string().max(512).optional(), ...fields });

const clientEvents = [
  event("session.update", { session: sessionRequest }),
  event("input_audio_buffer.append", { audio: z.string() }),
  event("input_audio_buffer.commit", {}),
  event("input_audio_buffer.clear", {}),
  event("output_audio_buffer.clear", {}),
  event("conversation.item.create", { previous_item_id: z.string().nullish(), item }),
  event("conversation.item.retrieve", { item_id: z.string() }),
  event("conversation.item.delete", { item_id: z.string() }),
  event("conversation.item.truncate", {
    item_id: z.string(),
    content_index: z.number().int().min(0),
    audio_end_ms: z.number().int().min(0),
  }),
  event("response.create", { response: responseParams.nullish() }),
  event("response.cancel", { response_id: z.string().nullish() }),
] as const;

const clientEvent = z.discriminatedUnion("type", clientEvents);

export type ClientEvent = z.infer<typeof clientEvent>;
export type ClientItem = z.infer<typeof item>;
export type ResponseParams = z.infer<typeof responseParams>;

/** Parses one message of the client. Throws the content of the `error` event. */
export const readClientEvent = (value: unknown): ClientEvent => {
  if (typeof value !== "object" || value === null || Array.isArray(value)) {
    throw new OpenAiError(400, "invalid_json", "We could not parse the JSON body of your event.");
  }
  const type = "type" in value ? value.type : undefined;
  if (type !== undefined && !clientEvents.some(({ shape }) => shape.type.value === type)) {
    const known = clientEvents.map(({ shape }) => `'${shape.type.value}'`).join(", ");
    const message = `Invalid value: '${String(type)}'. Supported values are: ${known}.`;
    throw new OpenAiError(400, "invalid_value", message, "type");
  }
  return accept(clientEvent, value);
};
