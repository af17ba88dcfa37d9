// A session as OpenAI echoes it: defaults filled in at the start, updates merged in later.
import { isDeepStrictEqual } from "node:util";
import { OpenAiError } from "../http/openai-error.ts";
import type {
  AudioFormat,
  RealtimeSessionRequest,
  SessionRequest,
  Tool,
  ToolChoice,
  TurnDetection,
} from "./session-schema.ts";

interface AudioInput {
  format: AudioFormat;
  transcription: NonNullable<NonNullable<RealtimeSessionRequest["audio"]>["input"]>["transcription"];
  noise_reduction: NonNullable<NonNullable<RealtimeSessionRequest["audio"]>["input"]>["noise_reduction"];
  turn_detection: TurnDetection | null;
}

type Voice = NonNullable<NonNullable<RealtimeSessionRequest["audio"]>["output"]>["voice"];

export interface RealtimeSession {
  type: "realtime";
  object: "realtime.session";
  id: string;
  model: string;
  output_modalities: ("audio" | "text")[];
  instructions: string;
  tools: Tool[];
  tool_choice: ToolChoice;
  max_output_tokens: number | "inf";
  tracing: RealtimeSessionRequest["tracing"];
  truncation: NonNullable<RealtimeSessionRequest["truncation"]>;
  prompt: RealtimeSessionRequest["prompt"];
  expires_at: number;
  audio: { input: AudioInput; output: { format: AudioFormat; voice: NonNullable<Voice>; speed: number } };
  include: RealtimeSessionRequest["include"];
  parallel_tool_calls?: boolean | undefined;
  reasoning?: RealtimeSessionRequest["reasoning"];
}

export interface TranscriptionSession {
  type: "transcription";
  object: "realtime.transcription_session";
  id: string;
  expires_at: number;
  audio: { input: AudioInput };
  include: RealtimeSessionRequest["include"];
}

export type Session = RealtimeSession | TranscriptionSession;

const DEFAULT_MODEL = "gpt-realtime-2.1";
const DEFAULT_INSTRUCTIONS =
  "You are a helpful, witty, and friendly AI. Act like a human, but remember that you aren't a human.";
const pcm: AudioFormat = { type: "audio/pcm", rate: 24000 };

/** The whole session of a request; `expires_at` stays 0 until a connection starts it. */
export const openSession = (request: SessionRequest, id: string): Session => {
  const input = mergeInput(
    {
      format: pcm,
      transcription: null,
      noise_reduction: null,
      turn_detection: withDefaults({ type: "server_vad" }),
    },
    request.audio?.input,
  );
  if (request.type === "transcription") {
    const include = request.include ?? null;
    return {
      type: "transcription",
      object: "realtime.transcription_session",
      id,
      expires_at: 0,
      audio: { input },
      include,
    };
  }
  const blank: RealtimeSession = {
    type: "realtime",
    object: "realtime.session",
    id,
    model: DEFAULT_MODEL,
    output_modalities: ["audio"],
    instructions: DEFAULT_INSTRUCTIONS,
    tools: [],
    tool_choice: "auto",
    max_output_tokens: "inf",
    tracing: null,
    truncation: "auto",
    prompt: null,
    expires_at: 0,
    audio: { input, output: { format: pcm, voice: "marin", speed: 1 } },
    include: null,
  };
  return mergeRealtime(blank, { ...request, audio: { ...request.audio, input: undefined } });
};

/** The session after a `session.update`: absent fields keep their values. */
export const updateSession = (session: Session, update: SessionRequest, hasSpoken: boolean): Session => {
  if (session.type === "realtime" && update.type === "realtime") {
    const voice = update.audio?.output?.voice;
    if (hasSpoken && voice !== undefined && !isDeepStrictEqual(voice, session.audio.output.voice)) {
      const message = "Cannot update a conversation's voice if assistant audio is present.";
      throw new OpenAiError(400, "cannot_update_voice", message, "session.audio.output.voice");
    }
    // A conversation keeps its model. The Agents SDK sends a model in every update, so a different one is no error.
    return mergeRealtime(session, { ...update, model: undefined });
  }
  if (session.type === "transcription" && update.type === "transcription") {
    const input = mergeInput(session.audio.input, update.audio?.input);
    return { ...session, audio: { input }, include: update.include ?? session.include };
  }
  const message = `Passing a ${update.type} session update event to a ${session.type} session is not allowed.`;
  throw new OpenAiError(400, "invalid_parameter", message, "session.type");
};

const mergeRealtime = (session: RealtimeSession, update: RealtimeSessionRequest): RealtimeSession => {
  const { audio, ...rest } = update;
  const output = { ...session.audio.output, ...present(audio?.output ?? {}) };
  return {
    ...session,
    ...present(rest),
    audio: { input: mergeInput(session.audio.input, audio?.input), output },
  };
};

const mergeInput = (
  input: AudioInput,
  update: NonNullable<RealtimeSessionRequest["audio"]>["input"],
): AudioInput => {
  const { turn_detection, format, ...rest } = update ?? {};
  return {
    ...input,
    ...present(rest),
    format: format ?? input.format,
    turn_detection:
      turn_detection === undefined ? input.turn_detection : turn_detection && withDefaults(turn_detection),
  };
};

const withDefaults = (detection: TurnDetection): TurnDetection =>
  detection.type === "server_vad"
    ? {
        threshold: 0.5,
        prefix_padding_ms: 300,
        silence_duration_ms: 500,
        idle_timeout_ms: null,
        create_response: true,
        interrupt_response: true,
        ...present(detection),
      }
    : { eagerness: "auto", create_response: true, interrupt_response: true, ...present(detection) };

// An undefined field must not overwrite a value in a spread.
const present = <T extends object>(value: T): { [K in keyof T]: Exclude<T[K], undefined> } =>
  Object.fromEntries(Object.entries(value).filter(([, field]) => field !== undefined)) as {
    [K in keyof T]: Exclude<T[K], undefined>;
  };
