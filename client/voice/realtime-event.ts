// The events of the `oai-events` channel, with the fields that the client reads.
import { sentences } from "../sentences.ts";
import { VoiceError } from "./voice-error.ts";

export interface RealtimeItem {
  id?: string;
  type?: string;
  status?: string;
  role?: string;
  name?: string;
  call_id?: string;
  arguments?: string;
  content?: { type?: string; text?: string }[];
}

export interface RealtimeProblem {
  type?: string;
  code?: string | null;
  message?: string;
}

/** A server or client event. Any field may be missing, as in all input from the network. */
export interface RealtimeEvent {
  type?: string;
  item_id?: string;
  content_index?: number;
  delta?: string;
  transcript?: string;
  text?: string;
  error?: RealtimeProblem | null;
  item?: RealtimeItem;
  session?: Record<string, unknown>;
  response?: {
    status?: string;
    status_details?: { error?: RealtimeProblem | null } | null;
    output?: RealtimeItem[];
    usage?: object | null;
  };
}

/** Parses an event; text that is no JSON object is an event without fields. */
export const parseEvent = (data: unknown): RealtimeEvent => {
  try {
    const value: unknown = JSON.parse(String(data));
    return typeof value === "object" && value !== null ? value : {};
  } catch {
    return {};
  }
};

/** The finished function calls of a `response.done`; a cancelled or failed response's calls are not run. */
export const functionCalls = ({ type, response }: RealtimeEvent): RealtimeItem[] =>
  type !== "response.done" || response?.status === "cancelled" || response?.status === "failed"
    ? []
    : (response?.output ?? []).filter(
        (item) => item.type === "function_call" && item.status !== "incomplete",
      );

/** The other name of a finished transcript: Deep Chat 2.4.2 knows the beta's only, 2.5.0 today's only. */
export const otherName = (type = ""): string | undefined => {
  const match = /^response\.(output_)?(audio_transcript\.done)$/.exec(type);
  return match ? `response.${match[1] ? "" : "output_"}${match[2]}` : undefined;
};

/** The service's description of a problem. Only one kind of error ends the session. */
export const problemIn = ({ type = "", error, response }: RealtimeEvent): VoiceError | undefined => {
  const failed = type === "response.done" && response?.status === "failed";
  if (type !== "error" && !type.endsWith("transcription.failed") && !failed) return undefined;
  const problem = failed ? response?.status_details?.error : error;
  const message = problem?.message ?? "The voice service reported an error, without words.";
  const soft = problem?.code !== "session_expired";
  const userMessage = soft ? sentences.troubled : sentences.ended;
  return new VoiceError(problem?.code ?? "model-error", message, { userMessage, soft });
};
