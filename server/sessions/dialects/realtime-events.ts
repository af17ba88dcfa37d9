// Realtime's events as facts. Pure.
import { isJsonRecord, type JsonRecord } from "../../json/record.ts";
import type { Fact, ToolCall } from "./fact.ts";

/** The facts of one event. Unknown events have none. */
export const readRealtimeEvent = (event: JsonRecord): readonly Fact[] =>
  typeof event.type === "string" ? (readers.get(event.type)?.(event) ?? none) : none;

const none: readonly Fact[] = [];
const activity: readonly Fact[] = [{ kind: "activity" }];

type Reader = (event: JsonRecord) => readonly Fact[];

const readItem: Reader = ({ item }) => {
  if (!isJsonRecord(item)) return none;
  const { type, role, id, call_id: callId } = item;
  if (type === "function_call_output") {
    const itemId = typeof id === "string" ? id : undefined;
    return typeof callId === "string" ? [{ kind: "tool-answered", callId, itemId }] : none;
  }
  if (type !== "message") return none;
  // Another role than those that are known may have the same weight.
  if (role !== "user" && role !== "assistant")
    return typeof id === "string" ? [{ kind: "instructed", itemId: id }] : none;
  if (role !== "user") return none;
  const text = writtenIn(item.content);
  if (text === "") return none;
  return [{ kind: "activity" }, said("user", text, id, true)];
};

const writtenIn = (content: unknown): string =>
  Array.isArray(content)
    ? content.map((part) => (part?.type === "input_text" ? textOf(part.text) : "")).join("")
    : "";

const textOf = (value: unknown): string => (typeof value === "string" ? value : "");

const said = (by: "assistant" | "user", text: string, itemId: unknown, isWhole: boolean): Fact => ({
  ...{ kind: "said", by, text, isWhole },
  itemId: typeof itemId === "string" ? itemId : undefined,
});

const readSaid =
  (by: "assistant" | "user", field: "delta" | "text" | "transcript", isWhole: boolean): Reader =>
  (event) => {
    const text = textOf(event[field]);
    return text === "" ? none : [said(by, text, event.item_id, isWhole)];
  };

const readTranscription: Reader = (event) => {
  const { item_id: itemId, content_index: index, usage } = event;
  const facts: Fact[] = [{ kind: "activity" }];
  if (isJsonRecord(usage)) {
    // The session says which model transcribes.
    const id = `${textOf(itemId)}:${typeof index === "number" ? index : 0}`;
    facts.push({ kind: "usage", id, of: "transcription", usage, model: undefined });
  }
  const text = textOf(event.transcript);
  if (text !== "") facts.push(said("user", text, itemId, true));
  return facts;
};

const readResponseDone: Reader = ({ response }) => {
  if (!isJsonRecord(response) || typeof response.id !== "string") return activity;
  const { id, usage, output } = response;
  const facts: Fact[] = [{ kind: "activity" }];
  if (isJsonRecord(usage)) facts.push({ kind: "usage", id, of: "response", usage, model: undefined });
  facts.push({ kind: "response-ended", responseId: id, calls: callsIn(output) });
  return facts;
};

/** OpenAI's models ask for a handful; more would only keep the service busy. */
const MAX_CALLS = 128;

const callsIn = (output: unknown): ToolCall[] => {
  if (!Array.isArray(output)) return [];
  const calls: ToolCall[] = [];
  for (const item of output) {
    // A call of a response that was interrupted is not whole, and needs no answer.
    if (item?.type !== "function_call" || (item.status ?? "completed") !== "completed") continue;
    const { call_id: callId, name } = item;
    if (typeof callId !== "string" || typeof name !== "string" || calls.length === MAX_CALLS) continue;
    calls.push({ callId, name, arguments: textOf(item.arguments) });
  }
  return calls;
};

const readError: Reader = ({ error }) => {
  const { code, message, event_id: eventId } = isJsonRecord(error) ? error : {};
  const fact: Fact = {
    kind: "error",
    code: typeof code === "string" ? code : undefined,
    message: textOf(message),
    clientEventId: typeof eventId === "string" ? eventId : undefined,
  };
  return code === "session_expired"
    ? [fact, { kind: "over", reason: "expired", seconds: undefined }]
    : [fact];
};

const expiryIn = ({ expires_at: seconds }: JsonRecord): Fact[] =>
  typeof seconds === "number" && seconds > 0 ? [{ kind: "expires", at: seconds * 1000 }] : [];

const readers = new Map<string, Reader>(
  Object.entries<Reader>({
    // Of a session over a WebSocket, before it was given what it is to be: no change of the page's.
    "session.created": ({ session }) => (isJsonRecord(session) ? expiryIn(session) : none),
    "session.updated": ({ session }) =>
      isJsonRecord(session) ? [{ kind: "updated", session }, ...expiryIn(session)] : none,
    "conversation.item.added": readItem,
    "conversation.item.created": readItem,
    "conversation.item.deleted": ({ item_id: itemId }) =>
      typeof itemId === "string" ? [{ kind: "removed", itemId }] : none,
    "conversation.item.input_audio_transcription.delta": readSaid("user", "delta", false),
    "conversation.item.input_audio_transcription.completed": readTranscription,
    "input_audio_buffer.speech_started": () => activity,
    "input_audio_buffer.speech_stopped": () => activity,
    "input_audio_buffer.committed": () => activity,
    "output_audio_buffer.started": () => activity,
    "output_audio_buffer.stopped": () => activity,
    "response.created": ({ response }) =>
      isJsonRecord(response) && typeof response.id === "string"
        ? [{ kind: "response-began", responseId: response.id, response }]
        : none,
    "response.done": readResponseDone,
    "response.output_audio_transcript.delta": readSaid("assistant", "delta", false),
    "response.output_audio_transcript.done": readSaid("assistant", "transcript", true),
    "response.output_text.delta": readSaid("assistant", "delta", false),
    "response.output_text.done": readSaid("assistant", "text", true),
    error: readError,
  }),
);
