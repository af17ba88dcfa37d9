// Takes out of a chat's stream what only `include_usage` brings, for a caller who did not ask for it.
import { isJsonRecord } from "../../json/record.ts";

/** OpenAI's events have less than a kilobyte; a longer one passes as it comes. */
const MAX_EVENT_BYTES = 64 * 1024;
const [LINE_FEED, CARRIAGE_RETURN] = [0x0a, 0x0d];
const nothing = Buffer.alloc(0);

/**
 * Passes events on as soon as they are whole: all but the one that tells the usage and has no choices, and the others
 * without the `usage: null` that OpenAI then puts into each. Every other byte stays as it is.
 */
export class UsageChunkFilter {
  /** The beginning of an event. */
  #held: Buffer = nothing;
  /** Before this offset of it, no end was found. */
  #searched = 0;
  /** Whether the current event was too long to hold. */
  #isPassing = false;

  /** Returns what may pass on now, which may be nothing. */
  filter(chunk: Buffer): Buffer {
    const bytes = this.#held.length === 0 ? chunk : Buffer.concat([this.#held, chunk]);
    const passing: Buffer[] = [];
    let start = 0;
    for (;;) {
      const end = eventEnd(bytes, start === 0 ? this.#searched : start);
      if (end === -1) break;
      const event = bytes.subarray(start, end);
      passing.push(this.#isPassing ? event : withoutUsage(event));
      this.#isPassing = false;
      start = end;
    }
    const rest = bytes.subarray(start);
    this.#isPassing ||= rest.length > MAX_EVENT_BYTES;
    // Of a long event only what may be the beginning of its end is held.
    const heldFrom = this.#isPassing ? Math.max(0, rest.length - LONGEST_END + 1) : 0;
    if (heldFrom > 0) passing.push(rest.subarray(0, heldFrom));
    this.#hold(rest.subarray(heldFrom));
    return passing.length === 1 ? (passing[0] ?? nothing) : Buffer.concat(passing);
  }

  /** Returns what is left when the stream has ended. */
  end(): Buffer {
    const rest = this.#held;
    this.#held = nothing;
    return rest;
  }

  #hold(rest: Buffer): void {
    // A copy: what comes from a socket may be part of something much larger.
    this.#held = rest.length === 0 ? nothing : Buffer.from(rest);
    this.#searched = Math.max(0, rest.length - LONGEST_END + 1);
  }
}

/** Bytes of the longest end of an event: two line ends. */
const LONGEST_END = "\r\n\r\n".length;

/** The offset after the blank line that ends the first event; -1 where it has not come. Any of the standard's line ends. */
const eventEnd = (bytes: Buffer, from: number): number => {
  for (let at = from; at < bytes.length; at += 1) {
    const first = bytes[at];
    if (first !== LINE_FEED && first !== CARRIAGE_RETURN) continue;
    const isPair = first === CARRIAGE_RETURN && bytes[at + 1] === LINE_FEED;
    const next = isPair ? at + 2 : at + 1;
    if (bytes[next] === LINE_FEED) return next + 1;
    if (bytes[next] !== CARRIAGE_RETURN) continue;
    if (bytes[next + 1] === LINE_FEED) return next + 2;
    // The line feed of a pair is still on its way.
    return isPair && next + 1 === bytes.length ? -1 : next + 1;
  }
  return -1;
};

const FIELD = '"usage"';
/**
 * `"usage": null` where only plain fields and the last brace follow: so it stands at the top of the object, and in no text,
 * whose quotes would be escaped.
 */
const EMPTY = /^"usage"\s*:\s*null((?:\s*,\s*"\w+"\s*:\s*(?:"[^"\\]*"|true|false|null|-?[\d.]+))*\s*\}\s*)$/;

const withoutUsage = (event: Buffer): Buffer => {
  const at = event.lastIndexOf(FIELD);
  if (at === -1 || !isData(event)) return event;
  const rest = EMPTY.exec(event.toString("latin1", at))?.[1];
  if (rest === undefined) return isUsageChunk(event) ? nothing : event;
  const comma = event.lastIndexOf(",", at);
  if (comma === -1 || event.toString("latin1", comma + 1, at).trim() !== "") return event;
  return Buffer.concat([event.subarray(0, comma), event.subarray(event.length - rest.length)]);
};

const isData = (event: Buffer): boolean => event.toString("latin1", 0, "data:".length) === "data:";

const isUsageChunk = (event: Buffer): boolean => {
  const lines = event.toString("utf8").split(/\r\n|\n|\r/);
  const data = lines.flatMap((line) => (line.startsWith("data:") ? [line.slice("data:".length)] : []));
  try {
    const chunk: unknown = JSON.parse(data.join("\n"));
    if (!isJsonRecord(chunk)) return false;
    return Array.isArray(chunk.choices) && chunk.choices.length === 0 && isJsonRecord(chunk.usage);
  } catch {
    return false;
  }
};
