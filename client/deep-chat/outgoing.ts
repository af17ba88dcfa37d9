// Rewrites Deep Chat's session updates and assistant messages, which have the beta's shape.
import { parseEvent, type RealtimeItem } from "../voice/realtime-event.ts";

// Deep Chat's `updateConfig` sends the beta's field names, which today's session refuses.
const currentSession = (session: Record<string, unknown>): Record<string, unknown> => {
  const {
    voice,
    turn_detection,
    input_audio_transcription,
    max_response_output_tokens,
    temperature,
    ...kept
  } = session;
  const transcription =
    input_audio_transcription === true ? { model: "gpt-transcribe" } : input_audio_transcription;
  const { input, output, ...audio } = (kept.audio ?? {}) as Record<string, object | undefined>;
  const isBeta = [voice, turn_detection, transcription].some((field) => field !== undefined);
  // JSON leaves out undefined fields.
  return {
    type: "realtime",
    max_output_tokens: max_response_output_tokens,
    ...kept,
    ...(isBeta && {
      audio: { ...audio, input: { turn_detection, transcription, ...input }, output: { voice, ...output } },
    }),
  };
};

const currentItem = (item: RealtimeItem): RealtimeItem =>
  item.role === "assistant" && item.content
    ? {
        ...item,
        content: item.content.map((part) => (part.type === "text" ? { ...part, type: "output_text" } : part)),
      }
    : item;

/** The event as today's interface accepts it; unchanged where it is valid already. */
export const repairOutgoing = (text: string): string => {
  const event = parseEvent(text);
  if (event.type === "session.update" && event.session)
    return JSON.stringify({ ...event, session: currentSession(event.session) });
  if (event.type === "conversation.item.create" && event.item)
    return JSON.stringify({ ...event, item: currentItem(event.item) });
  return text;
};
