// Reads the events of the `oai-events` channel as far as the bridge looks into them.

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

/** A server or client event. Every field may be missing: it comes from the other side. */
export interface RealtimeEvent {
  type?: string;
  item_id?: string;
  content_index?: number;
  delta?: string;
  transcript?: string;
  text?: string;
  code?: string | null;
  message?: string;
  error?: RealtimeProblem;
  item?: RealtimeItem;
  session?: Record<string, unknown>;
  response?: {
    status?: string;
    status_details?: { error?: RealtimeProblem | null } | null;
    output?: RealtimeItem[];
  };
}

/** Parses an event; anything but a JSON object is an event without fields. */
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
export const otherName = (type: string | undefined): string | undefined =>
  type === "response.output_audio_transcript.done"
    ? "response.audio_transcript.done"
    : type === "response.audio_transcript.done"
      ? "response.output_audio_transcript.done"
      : undefined;

/** What went wrong, in the service's words. Errors leave a session alive, but for the one that ends it. */
export const problemIn = (event: RealtimeEvent): { message: string; soft: boolean } | undefined => {
  const { type, response } = event;
  let error: RealtimeProblem | null | undefined;
  if (type === "error" || type?.endsWith("input_audio_transcription.failed")) error = event.error ?? {};
  else if (isError(event)) error = event;
  else if (type === "response.done" && response?.status === "failed")
    error = response.status_details?.error ?? {};
  if (!error) return undefined;
  const message = error.message ?? "The voice service reported an error, without words.";
  return { message, soft: error.code !== "session_expired" };
};

/** Deep Chat ends the session at any of these, even at a harmless one. */
export const isError = ({ type }: RealtimeEvent): boolean =>
  type === "error" || type === "invalid_request_error";
