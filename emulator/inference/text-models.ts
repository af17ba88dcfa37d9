// The models of the text endpoints: by family name, because the members change every few months.
import { OpenAiError } from "../http/openai-error.ts";

const families = {
  chat: /^(?:gpt-|o\d|chatgpt-)/,
  embedding: /^text-embedding-/,
  moderation: /^(?:omni|text)-moderation-/,
  transcription: /^(?:whisper-|gpt-.*transcribe)/,
  translation: /^whisper-/,
  image: /^(?:gpt-image-|chatgpt-image-|dall-e-)/,
  speech: /^(?:tts-|gpt-.*tts)/,
};

/** Throws OpenAI's 404 for a name that no model of that family has. */
export const findTextModel = (family: keyof typeof families, name: string): void => {
  if (families[family].test(name)) return;
  const message = `The model \`${name}\` does not exist or you do not have access to it.`;
  throw new OpenAiError(404, "model_not_found", message, "model");
};
