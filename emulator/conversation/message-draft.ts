// An assistant message while it is being generated.
import type { Send } from "./events.ts";
import type { Item } from "./items.ts";

interface DraftPorts {
  send: Send;
  randomId(prefix: string): string;
}

interface DraftOptions {
  responseId: string;
  outputIndex: number;
  modality: "audio" | "text";
  addItem(item: Item): void;
  settleItem(item: Item): void;
}

export interface MessageDraft {
  readonly itemId: string;
  addText(delta: string): void;
  addAudio(delta: string): void;
  /** Ends the message and returns its item as it is in the conversation. */
  close(status: "completed" | "incomplete"): Item;
}

/** Sends the events that begin the message; the draft sends its content. */
export const openMessage = ({ send, randomId }: DraftPorts, options: DraftOptions): MessageDraft => {
  const { responseId, outputIndex, modality } = options;
  const itemId = randomId("item");
  const place = { response_id: responseId, output_index: outputIndex };
  const where = { ...place, item_id: itemId, content_index: 0 };
  const message = { id: itemId, type: "message", role: "assistant" } as const;
  let text = "";

  const opened: Item = { ...message, status: "in_progress", content: [] };
  send({ type: "response.output_item.added", ...place, item: opened });
  options.addItem(opened);
  send({ type: "response.content_part.added", ...where, part: part(modality, "") });

  const addText = (delta: string): void => {
    text += delta;
    if (modality === "text") send({ type: "response.output_text.delta", ...where, delta });
    else send({ type: "response.output_audio_transcript.delta", ...where, delta });
  };

  const addAudio = (delta: string): void => send({ type: "response.output_audio.delta", ...where, delta });

  const close = (status: "completed" | "incomplete"): Item => {
    if (modality === "text") {
      send({ type: "response.output_text.done", ...where, text });
    } else {
      send({ type: "response.output_audio.done", ...where });
      send({ type: "response.output_audio_transcript.done", ...where, transcript: text });
    }
    send({ type: "response.content_part.done", ...where, part: part(modality, text) });
    const item: Item = {
      ...message,
      status,
      content: [
        modality === "text" ? { type: "output_text", text } : { type: "output_audio", transcript: text },
      ],
    };
    options.settleItem(item);
    send({ type: "response.output_item.done", ...place, item });
    return item;
  };

  return { itemId, addText, addAudio, close };
};

// In content parts OpenAI still uses "audio" and "text", unlike in items; its clients require it.
const part = (modality: "audio" | "text", words: string) =>
  modality === "text"
    ? { type: "text" as const, text: words }
    : { type: "audio" as const, transcript: words };
