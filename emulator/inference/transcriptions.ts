// POST /v1/audio/transcriptions and /v1/audio/translations: says what the script has the user say, or how long the recording is.
import { z } from "zod";
import { OpenAiError } from "../http/openai-error.ts";
import type { Turn } from "../script/script.ts";
import { secondsOf } from "./audio-file.ts";
import { piecesOf, tokensIn } from "./reply.ts";

const granularity = z.enum(["word", "segment"]);

export const transcriptionRequest = z.looseObject({
  model: z.string(),
  language: z.string().max(20).optional(),
  response_format: z.enum(["json", "text", "srt", "verbose_json", "vtt", "diarized_json"]).default("json"),
  timestamp_granularities: z
    .union([granularity.transform((one) => [one]), z.array(granularity)])
    .default(["segment"]),
  stream: z.enum(["true", "false"]).default("false"),
});

export type TranscriptionRequest = z.output<typeof transcriptionRequest>;

export interface Recording {
  text: string;
  seconds: number;
}

const LARGEST = 25 * 1024 * 1024;
const formats = ["flac", "m4a", "mp3", "mp4", "mpeg", "mpga", "oga", "ogg", "wav", "webm"];

/** What is heard. Throws OpenAI's 4xx for a file that it does not take. */
export const hear = async (file: File, turns: readonly Turn[]): Promise<Recording> => {
  if (file.size > LARGEST) {
    const message = `Maximum content size limit (${LARGEST}) exceeded (${file.size} bytes read)`;
    throw new OpenAiError(413, null, message);
  }
  if (!formats.includes(file.name.split(".").at(-1)?.toLowerCase() ?? "")) {
    const supported = formats.map((format) => `'${format}'`).join(", ");
    throw new OpenAiError(400, null, `Unrecognized file format. Supported formats: [${supported}]`, "file");
  }
  const seconds = secondsOf(new Uint8Array(await file.arrayBuffer()));
  if (seconds < 0.1)
    throw new OpenAiError(
      400,
      "audio_too_short",
      "Audio file is too short. Minimum audio length is 0.1 seconds.",
      "file",
    );
  const scripted = turns.find(({ hears }) => hears !== undefined)?.hears;
  return { text: scripted ?? `(the emulator heard ${seconds.toFixed(1)} s of audio)`, seconds };
};

/** Throws OpenAI's 400 for a format that the model does not write. */
export const checkFormat = ({ model, response_format: format }: TranscriptionRequest): void => {
  const isWhisper = model === "whisper-1";
  const fits =
    format === "json" ||
    format === "text" ||
    (format === "diarized_json" ? /diarize/.test(model) : isWhisper);
  if (fits) return;
  const message = `response_format '${format}' is not compatible with model '${model}'. Use 'json' or 'text' instead.`;
  throw new OpenAiError(400, "unsupported_value", message, "response_format");
};

/** The response body; a string is sent as plain text. */
export const transcription = (
  request: TranscriptionRequest,
  heard: Recording,
  task: "transcribe" | "translate",
): object | string => {
  const { text, seconds } = heard;
  const end = Number(seconds.toFixed(2));
  switch (request.response_format) {
    case "text":
      return `${text}\n`;
    case "srt":
      return `1\n${clock(0, ",")} --> ${clock(seconds, ",")}\n${text}\n\n`;
    case "vtt":
      return `WEBVTT\n\n${clock(0, ".")} --> ${clock(seconds, ".")}\n${text}\n\n`;
    case "json":
      return task === "translate" ? { text } : { text, usage: usageOf(request, heard) };
    case "diarized_json":
      return {
        task,
        duration: end,
        text,
        segments: [{ type: "transcript.text.segment", id: "seg_0", start: 0, end, text, speaker: "A" }],
        usage: usageOf(request, heard),
      };
    case "verbose_json":
      return {
        task,
        language: languageOf(request, task),
        duration: end,
        text,
        ...(request.timestamp_granularities.includes("segment") && { segments: [segment(text, end)] }),
        ...(request.timestamp_granularities.includes("word") && { words: wordsOf(heard) }),
        usage: { type: "duration", seconds: Math.ceil(seconds) },
      };
  }
};

/** The same as events, of the models that stream. */
export const transcriptionEvents = (request: TranscriptionRequest, heard: Recording): { type: string }[] => [
  ...piecesOf(heard.text, false).map((delta) => ({ type: "transcript.text.delta", delta })),
  { type: "transcript.text.done", ...{ text: heard.text, usage: usageOf(request, heard) } },
];

/** Whether the model streams; whisper-1 ignores it. */
export const isStreamed = ({ model, stream }: TranscriptionRequest): boolean =>
  stream === "true" && model !== "whisper-1";

const usageOf = ({ model }: TranscriptionRequest, { text, seconds }: Recording): object => {
  if (model === "whisper-1") return { type: "duration", seconds: Math.ceil(seconds) };
  const audio = Math.max(1, Math.ceil(seconds * 10));
  const output = tokensIn(text);
  return {
    type: "tokens",
    input_tokens: audio,
    input_token_details: { text_tokens: 0, audio_tokens: audio },
    output_tokens: output,
    total_tokens: audio + output,
  };
};

const languageOf = ({ language }: TranscriptionRequest, task: "transcribe" | "translate"): string =>
  task === "transcribe" && language
    ? (
        new Intl.DisplayNames("en", { type: "language", fallback: "code" }).of(language) ?? language
      ).toLowerCase()
    : "english";

const segment = (text: string, end: number): object => ({
  id: 0,
  seek: 0,
  start: 0,
  end,
  text,
  tokens: [],
  temperature: 0,
  avg_logprob: -0.1,
  compression_ratio: 1,
  no_speech_prob: 0.01,
});

const wordsOf = ({ text, seconds }: Recording): object[] => {
  const words = text.split(/\s+/);
  const at = (index: number): number => Number(((seconds * index) / words.length).toFixed(2));
  return words.map((word, index) => ({ word, start: at(index), end: at(index + 1) }));
};

const clock = (seconds: number, point: string): string => {
  const time = new Date(Math.round(seconds * 1000)).toISOString().slice(11, 23);
  return time.replace(".", point);
};
