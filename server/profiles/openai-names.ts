// The voices and models that OpenAI has. A test holds them against the types of the npm package `openai`.
import { isJsonRecord } from "../json/record.ts";
import { nearestName, suggestNames } from "../names.ts";

export const voices = [
  ...(["alloy", "ash", "ballad", "coral", "echo", "sage", "shimmer", "verse", "marin", "cedar"] as const),
];

/** Those of GPT-Live. */
export const liveVoices = [
  ...(["alloy", "ash", "ballad", "beacon", "bossa", "cedar", "cinder", "coral", "delta"] as const),
  ...(["echo", "gleam", "marin", "meridian", "quartz", "ripple", "sage", "shida", "shimmer"] as const),
  ...(["stone", "tempo", "verse", "vesper", "willow"] as const),
];

export const liveModels = ["gpt-live-1", "gpt-live-1.1"] as const;

export const realtimeModels = [
  ...(["gpt-realtime", "gpt-realtime-1.5", "gpt-realtime-2", "gpt-realtime-2.1"] as const),
  ...(["gpt-realtime-2.1-mini", "gpt-realtime-2025-08-28", "gpt-4o-realtime-preview"] as const),
  ...(["gpt-4o-realtime-preview-2024-10-01", "gpt-4o-realtime-preview-2024-12-17"] as const),
  ...(["gpt-4o-realtime-preview-2025-06-03", "gpt-4o-mini-realtime-preview"] as const),
  ...(["gpt-4o-mini-realtime-preview-2024-12-17", "gpt-realtime-mini"] as const),
  ...(["gpt-realtime-mini-2025-10-06", "gpt-realtime-mini-2025-12-15", "gpt-audio-1.5"] as const),
  ...(["gpt-audio-mini", "gpt-audio-mini-2025-10-06", "gpt-audio-mini-2025-12-15"] as const),
];

export const transcriptionModels = [
  ...(["whisper-1", "gpt-transcribe", "gpt-live-transcribe", "gpt-4o-mini-transcribe"] as const),
  ...(["gpt-4o-mini-transcribe-2025-12-15", "gpt-4o-transcribe", "gpt-4o-transcribe-diarize"] as const),
  ...(["gpt-realtime-whisper"] as const),
];

const ESCAPE = "If OpenAI has it by now, name it in new_openai_names";

/**
 * Names that OpenAI has not, each with its field. A voice is one of the list; of models only misspelt ones are told, as new
 * ones come often. `newer` are names that the operator knows to be there. The session may have other mistakes.
 */
export const findUnknownNames = (session: unknown, newer: readonly string[]): string[] => {
  const voice = findUnknownVoice(session, newer);
  const model = isTalking(session) ? textAt(session, "model") : undefined;
  const models = textAt(session, "type") === "live" ? liveModels : realtimeModels;
  const transcription = textAt(session, "audio", "input", "transcription", "model");
  return [
    ...(voice === undefined
      ? []
      : [
          `session.audio.output.voice: OpenAI has no voice ${voice}${suggestNames(voice, voicesOf(session))}. ${ESCAPE}`,
        ]),
    ...misspelt("session.model", model, known(models, newer)),
    ...misspelt("session.audio.input.transcription.model", transcription, known(transcriptionModels, newer)),
  ];
};

/** The voice of a session that is none of OpenAI's list; undefined where there is none, or it is a custom one. */
export const findUnknownVoice = (session: unknown, newer: readonly string[]): string | undefined => {
  const voice = isTalking(session) ? textAt(session, "audio", "output", "voice") : undefined;
  return voice === undefined || known(voicesOf(session), newer).includes(voice) ? undefined : voice;
};

const isTalking = (session: unknown): boolean => ["live", "realtime"].includes(textAt(session, "type") ?? "");

const voicesOf = (session: unknown): readonly string[] =>
  textAt(session, "type") === "live" ? liveVoices : voices;

const textAt = (node: unknown, ...path: string[]): string | undefined => {
  const found = path.reduce(
    (at, name) => (isJsonRecord(at) && Object.hasOwn(at, name) ? at[name] : undefined),
    node,
  );
  return typeof found === "string" ? found : undefined;
};

const misspelt = (field: string, model: string | undefined, models: readonly string[]): string[] => {
  const near = model === undefined || models.includes(model) ? undefined : nearestName(model, models);
  return near === undefined
    ? []
    : [`${field}: OpenAI has no model ${model}; did you mean ${near}? ${ESCAPE}`];
};

const known = (names: readonly string[], newer: readonly string[]): readonly string[] => [...names, ...newer];
