// The emulator's own count of what a session used, made of the usage that its events told.
import type { RealtimeResponseUsage } from "openai/resources/realtime/realtime";
import type { ServerEvent } from "../conversation/events.ts";

const nothing = {
  responses: 0,
  input_text_tokens: 0,
  input_audio_tokens: 0,
  input_image_tokens: 0,
  // Those of the three above that were cached.
  cached_text_tokens: 0,
  cached_audio_tokens: 0,
  cached_image_tokens: 0,
  output_text_tokens: 0,
  output_audio_tokens: 0,
  transcriptions: 0,
  transcription_input_text_tokens: 0,
  transcription_input_audio_tokens: 0,
  transcription_output_tokens: 0,
  transcription_seconds: 0,
};

export type SessionUsage = typeof nothing;

export const noUsage = (): SessionUsage => ({ ...nothing });

/** What an event told was used; undefined where it told nothing. */
export const usageOf = (event: ServerEvent): Partial<SessionUsage> | undefined => {
  if (event.type === "response.done") return { responses: 1, ...ofResponse(event.response.usage ?? {}) };
  if (event.type !== "conversation.item.input_audio_transcription.completed") return undefined;
  const { usage } = event;
  if (usage.type === "duration") return { transcriptions: 1, transcription_seconds: usage.seconds };
  return {
    transcriptions: 1,
    transcription_input_text_tokens: usage.input_token_details?.text_tokens ?? 0,
    transcription_input_audio_tokens: usage.input_token_details?.audio_tokens ?? 0,
    transcription_output_tokens: usage.output_tokens,
  };
};

const ofResponse = (usage: RealtimeResponseUsage): Partial<SessionUsage> => {
  const { input_token_details: input = {}, output_token_details: output = {} } = usage;
  const cached = input.cached_tokens_details ?? {};
  return {
    input_text_tokens: input.text_tokens ?? 0,
    input_audio_tokens: input.audio_tokens ?? 0,
    input_image_tokens: input.image_tokens ?? 0,
    cached_text_tokens: cached.text_tokens ?? 0,
    cached_audio_tokens: cached.audio_tokens ?? 0,
    cached_image_tokens: cached.image_tokens ?? 0,
    output_text_tokens: output.text_tokens ?? 0,
    output_audio_tokens: output.audio_tokens ?? 0,
  };
};

export const addUsage = (sum: SessionUsage, more: Partial<SessionUsage>): SessionUsage => {
  const names = Object.keys(sum) as (keyof SessionUsage)[];
  return Object.fromEntries(
    names.map((name) => [name, sum[name] + (more[name] ?? 0)]),
  ) as unknown as SessionUsage;
};
