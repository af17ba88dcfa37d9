// OpenAI's Realtime interface, as far as supervising it goes: its events as facts, and the events that the service sends. Pure.
import { isJsonRecord, type JsonRecord } from "../../json/record.ts";
import { bytesOf, isAt, QUOTE, typeStart } from "./event-type.ts";
import type { VoiceDialect } from "./fact.ts";
import { readRealtimeEvent } from "./realtime-events.ts";

export interface RealtimeOptions {
  /** Whether what is being said is wanted word by word: else only when it is whole, and the parts are not parsed. */
  captions: boolean;
}

export const realtimeDialect = ({ captions }: RealtimeOptions): VoiceDialect => ({
  read: readRealtimeEvent,
  isIgnored: (message) => {
    const start = typeStart(message);
    if (start === 0) return false;
    const end = message.indexOf(QUOTE, start);
    if (!isAt(message, end - DELTA.length, DELTA)) return false;
    return !captions || !spoken.some((type) => isAt(message, start, type));
  },
  tell: (text, prefix) => {
    const content = [{ type: "input_text", text }];
    return [itemCreate(prefix, 0, { type: "message", role: "system", content })];
  },
  answerCalls: (outputs, prefix) =>
    outputs.map(({ callId, output }, index) =>
      itemCreate(prefix, index, {
        // By its id it is known as the service's own.
        id: `${prefix}o${index}`,
        ...{ type: "function_call_output", call_id: callId, output },
      }),
    ),
  goOn: (prefix) => ({ type: "response.create", event_id: `${prefix}go` }),
  restore: (session, prefix) => ({
    type: "session.update",
    event_id: `${prefix}put`,
    session: changeable(session),
  }),
  cancel: (responseId, prefix) => ({
    type: "response.cancel",
    event_id: `${prefix}stop`,
    response_id: responseId,
  }),
  remove: (itemId, prefix) => ({
    type: "conversation.item.delete",
    event_id: `${prefix}del`,
    item_id: itemId,
  }),
  // Only a request to hang up ends it.
  close: () => undefined,
});

// By the item's id it is known as the service's own when OpenAI tells of it.
const itemCreate = (prefix: string, index: number, item: JsonRecord): JsonRecord => ({
  type: "conversation.item.create",
  event_id: `${prefix}${index}`,
  item: { id: `${prefix}i${index}`, ...item },
});

/** Gives a session that has just begun over a WebSocket all that it is to be but the model, which stood in the address. */
export const firstUpdate = ({ model: _, ...session }: JsonRecord, prefix: string): JsonRecord => ({
  ...{ type: "session.update", event_id: `${prefix}give` },
  session,
});

// OpenAI refuses an update that names another model, or the voice once the model has spoken.
const changeable = ({ model: _, audio, ...session }: JsonRecord): JsonRecord => {
  if (!isJsonRecord(audio)) return session;
  const { output, ...others } = audio;
  if (!isJsonRecord(output)) return { ...session, audio };
  const { voice: _voice, ...rest } = output;
  return { ...session, audio: { ...others, ...(Object.keys(rest).length > 0 && { output: rest }) } };
};

const DELTA = bytesOf(".delta");
const spoken = ["response.output_audio_transcript.", "response.output_text.", "conversation.item."].map(
  bytesOf,
);
