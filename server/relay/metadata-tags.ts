// The caller's own tags in `metadata.tags` of a JSON body: found while it is scanned, and a list of them taken out. Pure.
import type { Watch } from "../json/scan.ts";
import { findTags, readTags } from "../usage/tags.ts";

/** A part of the body that was taken out: offsets before it was. */
export interface Removed {
  start: number;
  end: number;
}

/** A field of an object: the offsets of its name, with the quote, and of its value. */
interface Field {
  nameAt: number;
  at: number;
}

/** Ten tags with every character escaped, and blanks between them. */
const MAX_LIST_BYTES = 8192;
/** A list of texts. */
const LIST = /^\[(?:[\s,]|"(?:[^"\\]|\\.)*")*\]/;
const [OPEN_ARRAY, COMMA, SPACE] = [0x5b, 0x2c, 0x20];
const [SMALL_G, SMALL_T] = [0x67, 0x74];

/**
 * OpenAI takes texts as the values of `metadata`, so a text under `tags` is a field of its own there and stays. A list is meant for
 * this service, and OpenAI would refuse it.
 */
export class MetadataTags implements Watch {
  #name = "";
  #nameAt = 0;
  #metadata: Field | undefined;
  #tags: Field | undefined;
  #text: string | undefined;

  isWatched(bytes: Buffer, start: number, end: number): boolean {
    // Cheap checks first: a chat has thousands of names such as `text` and `type`.
    const third = bytes[start + 2];
    const name = third === SMALL_G ? "tags" : "metadata";
    if (third !== SMALL_G && third !== SMALL_T) return false;
    if (end - start !== name.length || bytes.toString("latin1", start, end) !== name) return false;
    this.#name = name;
    this.#nameAt = start - 1;
    return true;
  }

  found(
    value: string | null | undefined,
    depth: number,
    path: () => readonly (string | number)[],
    at: number,
  ): void {
    const field = { nameAt: this.#nameAt, at };
    if (depth === 1 && this.#name === "metadata") this.#metadata = field;
    if (depth !== 2 || this.#name !== "tags" || path()[0] !== "metadata") return;
    this.#tags = field;
    this.#text = value ?? undefined;
  }

  /**
   * The tags in the finished body, the body without a list of them, and what was taken out. Throws `request-malformed` for a list
   * of anything else.
   */
  take(bytes: Buffer): { tags: readonly string[]; bytes: Buffer; removed: Removed | undefined } {
    const [metadata, field] = [this.#metadata, this.#tags];
    if (this.#text !== undefined) return { tags: findTags(this.#text), bytes, removed: undefined };
    if (!metadata || !field || bytes[field.at] !== OPEN_ARRAY) return { tags: [], bytes, removed: undefined };
    const list = LIST.exec(bytes.toString("latin1", field.at, field.at + MAX_LIST_BYTES))?.[0];
    const end = field.at + (list?.length ?? 0);
    const tags = readTags(
      list ? JSON.parse(bytes.toString("utf8", field.at, end)) : [undefined],
      "metadata.tags",
    );
    const removed = rangeOf(bytes, metadata, field, end);
    const rest = Buffer.concat([bytes.subarray(0, removed.start), bytes.subarray(removed.end)]);
    return { tags, bytes: rest, removed };
  }
}

// Without its only field the whole of `metadata` goes: some endpoints take none, whatever is in it.
const rangeOf = (bytes: Buffer, metadata: Field, tags: Field, end: number): Removed => {
  const after = fieldRange(bytes, tags.nameAt, end);
  if (after.start < tags.nameAt || after.end > end) return after;
  return fieldRange(bytes, metadata.nameAt, skipSpace(bytes, end) + 1);
};

/** The field with the comma that parts it from the one after it, or before it; of an only field, the field alone. */
const fieldRange = (bytes: Buffer, nameAt: number, end: number): Removed => {
  const next = skipSpace(bytes, end);
  if (bytes[next] === COMMA) return { start: nameAt, end: skipSpace(bytes, next + 1) };
  let before = nameAt - 1;
  while ((bytes[before] ?? 0) <= SPACE && before > 0) before -= 1;
  return { start: bytes[before] === COMMA ? before : nameAt, end };
};

const skipSpace = (bytes: Buffer, from: number): number => {
  let at = from;
  while (at < bytes.length && (bytes[at] ?? 0) <= SPACE) at += 1;
  return at;
};
