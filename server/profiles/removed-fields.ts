// Fields of the beta interface and other gone ones, with what to write instead: hints for start-up errors.
import { suggestNames } from "../names.ts";

const replacements: Record<string, string> = {
  voice: "audio.output.voice",
  modalities: "output_modalities",
  speed: "audio.output.speed",
  input_audio_format: "audio.input.format",
  output_audio_format: "audio.output.format",
  input_audio_transcription: "audio.input.transcription",
  input_audio_noise_reduction: "audio.input.noise_reduction",
  turn_detection: "audio.input.turn_detection",
  max_response_output_tokens: "max_output_tokens",
};

/** Fields that the service fills in for each caller. */
const ours: Record<string, string> = {
  safety_identifier: "of each caller; leave it out",
};

const gone: Record<string, string> = {
  temperature: "OpenAI removed it; leave it out",
  client_secret: "the key's lifetime is ttl_seconds, beside session",
  expires_after: "the key's lifetime is ttl_seconds, beside session",
  prompt: "OpenAI ends stored prompts on 2026-11-30; write the text into instructions",
};

/** Says what became of an unknown session field, or that it never was one; `known` are those that there are. */
export const explainUnknownField = (name: string, known: readonly string[]): string => {
  if (Object.hasOwn(replacements, name)) {
    return `is a field of the removed beta interface; write ${replacements[name]} instead`;
  }
  if (Object.hasOwn(ours, name)) return `is set by the service, ${ours[name]}`;
  if (Object.hasOwn(gone, name)) return `is no longer a field: ${gone[name]}`;
  return `is not a field of OpenAI's session object${suggestNames(name, known)}`;
};
