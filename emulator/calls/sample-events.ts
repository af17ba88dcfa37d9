// Events of a session made without a conversation, for load: the n-th of each type, valid as OpenAI's are.
import type { ServerEvent } from "../conversation/events.ts";

type Sample = (n: number, call: string) => ServerEvent;

const place = (n: number, call: string) => ({
  response_id: `resp_${call}_${n}`,
  item_id: `item_${call}_${n}`,
  output_index: 0,
});

const response = (n: number, call: string) => ({
  object: "realtime.response" as const,
  id: place(n, call).response_id,
  output_modalities: ["text" as const],
  output: [],
});

export const sampleEvents = {
  "conversation.item.input_audio_transcription.completed": (n, call) => ({
    type: "conversation.item.input_audio_transcription.completed",
    item_id: place(n, call).item_id,
    content_index: 0,
    transcript: "What is the weather?",
    usage: { type: "duration", seconds: 1 + (n % 8) },
  }),
  "conversation.item.input_audio_transcription.delta": (n, call) => ({
    type: "conversation.item.input_audio_transcription.delta",
    item_id: place(n, call).item_id,
    content_index: 0,
    delta: "weather ",
  }),
  "input_audio_buffer.speech_started": (n, call) => ({
    type: "input_audio_buffer.speech_started",
    item_id: place(n, call).item_id,
    audio_start_ms: n * 1000,
  }),
  "rate_limits.updated": () => ({
    type: "rate_limits.updated",
    rate_limits: [{ name: "tokens", limit: 50_000, remaining: 49_950, reset_seconds: 60 }],
  }),
  "response.created": (n, call) => ({
    type: "response.created",
    response: { ...response(n, call), status: "in_progress" },
  }),
  "response.done": (n, call) => ({
    type: "response.done",
    response: { ...response(n, call), status: "completed", usage: usage(n) },
  }),
  "response.output_audio_transcript.delta": (n, call) => ({
    type: "response.output_audio_transcript.delta",
    ...place(n, call),
    content_index: 0,
    delta: "sunny ",
  }),
} as const satisfies Partial<Record<ServerEvent["type"], Sample>>;

// Different for each response, so that one that is missed or counted twice shows in the sums.
const usage = (n: number) => {
  const [text, audio, output, spoken] = [100 + (n % 97), 50 + (n % 89), 10 + (n % 83), 20 + (n % 79)];
  return {
    total_tokens: text + audio + output + spoken,
    input_tokens: text + audio,
    output_tokens: output + spoken,
    input_token_details: {
      text_tokens: text,
      audio_tokens: audio,
      image_tokens: 0,
      cached_tokens: 64,
      cached_tokens_details: { text_tokens: 64, audio_tokens: 0, image_tokens: 0 },
    },
    output_token_details: { text_tokens: output, audio_tokens: spoken },
  };
};
