// The type of an event by its first bytes, so that what is not needed is never parsed. Pure.

export const bytesOf = (text: string): Uint8Array => new TextEncoder().encode(text);

export const QUOTE = 0x22;
const TYPE_FIRST = bytesOf('{"type":"');
const ID_FIRST = bytesOf('{"event_id":"');
const TYPE_NEXT = bytesOf('","type":"');

/** Where an event's type begins, as OpenAI writes events; 0 where it is written otherwise. */
export const typeStart = (message: Uint8Array): number => {
  if (isAt(message, 0, TYPE_FIRST)) return TYPE_FIRST.length;
  if (!isAt(message, 0, ID_FIRST)) return 0;
  const end = message.indexOf(QUOTE, ID_FIRST.length);
  return isAt(message, end, TYPE_NEXT) ? end + TYPE_NEXT.length : 0;
};

/** Byte by byte: comparing parts of buffers would make an object for each. */
export const isAt = (message: Uint8Array, at: number, text: Uint8Array): boolean => {
  if (at < 0) return false;
  for (let index = 0; index < text.length; index += 1) {
    if (message[at + index] !== text[index]) return false;
  }
  return true;
};
