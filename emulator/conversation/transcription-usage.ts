// The usage of a transcription: by time or by tokens, as the model is billed.
import type { ConversationItemInputAudioTranscriptionCompletedEvent } from "openai/resources/realtime/realtime";
import { textTokens, userAudioTokens } from "./usage.ts";

// Billed by the minute; all others by tokens.
const BY_TIME = ["gpt-live-transcribe", "gpt-realtime-whisper", "gpt-transcribe", "whisper-1"];

type Usage = ConversationItemInputAudioTranscriptionCompletedEvent["usage"];

/** `ms` is the length of the audio. */
export const transcriptionUsage = (
  { model = "whisper-1", prompt }: { model?: string | undefined; prompt?: string | undefined },
  transcript: string,
  ms: number,
): Usage => {
  if (BY_TIME.includes(model)) return { type: "duration", seconds: ms / 1000 };
  const [text, audio, output] = [textTokens(prompt ?? ""), userAudioTokens(ms), textTokens(transcript)];
  return {
    type: "tokens",
    total_tokens: text + audio + output,
    input_tokens: text + audio,
    input_token_details: { text_tokens: text, audio_tokens: audio },
    output_tokens: output,
  };
};
