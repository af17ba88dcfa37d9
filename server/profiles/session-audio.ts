// The `audio` part of OpenAI's session object, field by field, as the generally available interface takes it.
import { z } from "zod";

const format = z.union([
  z.strictObject({ type: z.literal("audio/pcm"), rate: z.literal(24000).exactOptional() }),
  z.strictObject({ type: z.enum(["audio/pcmu", "audio/pcma"]) }),
]);

const transcription = z.strictObject({
  model: z.string().min(1).exactOptional(),
  language: z.string().exactOptional(),
  languages: z.array(z.string()).exactOptional(),
  prompt: z.string().exactOptional(),
  keywords: z.array(z.string()).exactOptional(),
  delay: z.enum(["minimal", "low", "medium", "high", "xhigh"]).exactOptional(),
});

const turnDetection = z.discriminatedUnion("type", [
  z.strictObject({
    type: z.literal("server_vad"),
    threshold: z.number().min(0).max(1).exactOptional(),
    prefix_padding_ms: z.int().min(0).exactOptional(),
    silence_duration_ms: z.int().min(0).exactOptional(),
    idle_timeout_ms: z.int().min(5000).max(30000).nullable().exactOptional(),
    create_response: z.boolean().exactOptional(),
    interrupt_response: z.boolean().exactOptional(),
  }),
  z.strictObject({
    type: z.literal("semantic_vad"),
    eagerness: z.enum(["low", "medium", "high", "auto"]).exactOptional(),
    create_response: z.boolean().exactOptional(),
    interrupt_response: z.boolean().exactOptional(),
  }),
]);

export const audioInput = z.strictObject({
  format: format.exactOptional(),
  noise_reduction: z
    .strictObject({
      type: z.enum(["near_field", "far_field"]).exactOptional(),
      strength: z.number().min(0).max(1).exactOptional(),
    })
    .nullable()
    .exactOptional(),
  transcription: transcription.nullable().exactOptional(),
  turn_detection: turnDetection.nullable().exactOptional(),
});

export const audioOutput = z.strictObject({
  format: format.exactOptional(),
  speed: z.number().min(0.25).max(1.5).exactOptional(),
  voice: z
    .union([z.string().min(1), z.strictObject({ id: z.string().startsWith("voice_") })])
    .exactOptional(),
});
