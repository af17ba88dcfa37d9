// Which of GPT-Live's messages need not be parsed: a sideband gets copies of all audio, some 64 kB a second each way. Pure.

/** What stands before a message's type, and the type: OpenAI writes it first or after its id. */
const typed =
  /^\s*\{\s*(?:"(?:event_id|client_event_id|delegation_id)"\s*:\s*(?:"[^"\\]*"|null)\s*,\s*)*"type"\s*:\s*"([^"\\]*)"/;

/** The type of what a delegated answer tells, at the beginning of its message. */
const nested = /"event"\s*:\s*\{\s*"type"\s*:\s*"response\.[a-z_.]*\.delta"/;

/** Where the type stands last, as in names that are sorted. */
const typedLast = /"type"\s*:\s*"(session\.(?:input_audio\.append|output_audio\.delta))"\s*\}\s*$/;

const HEAD_BYTES = 320;
const TAIL_BYTES = 96;
const copies = ["session.input_audio.append", "session.output_audio.delta"];

export const isAudioCopy = (message: Uint8Array): boolean => {
  const type = typed.exec(latin1(message, 0, HEAD_BYTES))?.[1];
  if (type !== undefined) return copies.includes(type);
  return typedLast.test(latin1(message, message.length - TAIL_BYTES, message.length));
};

/** A part of a delegated answer's text or arguments, which comes whole later. */
export const isDelta = (message: Uint8Array): boolean => {
  const head = latin1(message, 0, HEAD_BYTES);
  return typed.exec(head)?.[1] === "response.event" && nested.test(head);
};

const latin1 = (message: Uint8Array, start: number, end: number): string =>
  Buffer.from(message.buffer, message.byteOffset, message.byteLength).toString(
    "latin1",
    Math.max(0, start),
    end,
  );
