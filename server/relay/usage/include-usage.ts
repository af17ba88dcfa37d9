// Asks for the usage of a streamed chat: finds in its request what to change, and changes nothing else. Pure.
import { nameBetween } from "../../json/levels.ts";
import type { Watch } from "../../json/scan.ts";

const ASKED = '"include_usage":true';
const [OPEN_OBJECT, CLOSE_OBJECT] = [0x7b, 0x7d];
const names = new Set(["stream", "stream_options", "include_usage"]);
const LONGEST_NAME = "stream_options".length;

/** Where chunks with usage come when `stream_options` asks for them. */
export const mayIncludeUsage = (path: string): boolean =>
  path === "/v1/chat/completions" || path === "/v1/completions";

/** Notes where a JSON body says whether, and how, its answer is streamed. */
export class StreamOptions implements Watch {
  #stream: number | undefined;
  #options: number | undefined;
  #includeUsage: number | undefined;

  isWatched(bytes: Buffer, start: number, end: number, isEscaped: boolean): boolean {
    if (!isEscaped && end - start > LONGEST_NAME) return false;
    return names.has(nameBetween(bytes, start, end, isEscaped));
  }

  found(_: unknown, depth: number, path: () => readonly (string | number)[], at: number): void {
    if (depth > 2) return;
    const [name, inner] = path();
    if (depth === 1 && name === "stream") this.#stream = at;
    else if (depth === 1 && name === "stream_options") this.#options = at;
    else if (name === "stream_options" && inner === "include_usage") this.#includeUsage = at;
  }

  /** Moves what was noted, as that part of the body is taken out. */
  removed({ start, end }: { start: number; end: number }): void {
    const moved = (at: number | undefined) => (at !== undefined && at > start ? at - (end - start) : at);
    this.#stream = moved(this.#stream);
    this.#options = moved(this.#options);
    this.#includeUsage = moved(this.#includeUsage);
  }

  /** The same body, asking for usage; undefined where it does so already, streams nothing, or is not as OpenAI takes it. */
  asking(bytes: Buffer): Buffer | undefined {
    if (this.#stream === undefined || !isWord(bytes, this.#stream, "true")) return undefined;
    if (this.#includeUsage !== undefined)
      return replaced(bytes, this.#includeUsage, ["false", "null"], "true");
    if (this.#options === undefined) return inserted(bytes, 0, `"stream_options":{${ASKED}}`);
    return bytes[this.#options] === OPEN_OBJECT
      ? inserted(bytes, this.#options, ASKED)
      : replaced(bytes, this.#options, ["null"], `{${ASKED}}`);
  }
}

const isWord = (bytes: Buffer, at: number, word: string): boolean =>
  bytes.toString("latin1", at, at + word.length) === word;

const replaced = (bytes: Buffer, at: number, words: readonly string[], by: string): Buffer | undefined => {
  const word = words.find((each) => isWord(bytes, at, each));
  if (word === undefined) return undefined;
  return Buffer.concat([bytes.subarray(0, at), Buffer.from(by), bytes.subarray(at + word.length)]);
};

/** With a field more in the object that begins at or after an offset. */
const inserted = (bytes: Buffer, from: number, field: string): Buffer => {
  const at = bytes.indexOf(OPEN_OBJECT, from) + 1;
  let next = at;
  while ((bytes[next] ?? CLOSE_OBJECT) <= 0x20) next += 1;
  const isEmpty = bytes[next] === CLOSE_OBJECT;
  return Buffer.concat([
    bytes.subarray(0, at),
    Buffer.from(isEmpty ? field : `${field},`),
    bytes.subarray(at),
  ]);
};
