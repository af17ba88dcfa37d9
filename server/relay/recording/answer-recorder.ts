// Reads what a model says while its answer passes to the caller, of whom it keeps nothing waiting.
import { Excerpt } from "../../ledger/excerpt.ts";
import type { Flow, Recipient } from "../../upstream/relay.ts";
import { isEventStream } from "../../upstream/response-headers.ts";
import { EventDataReader } from "../usage/event-data.ts";
import { textOfAnswer, textOfEvent } from "./answer-text.ts";

/** A JSON answer, or an event, that is longer is not read as JSON. */
const MAX_JSON_BYTES = 256 * 1024;

/** Passes an answer on to the caller's recipient. */
export class AnswerRecorder implements Recipient {
  readonly #recipient: Recipient;
  #words: Words | undefined;

  constructor(recipient: Recipient) {
    this.#recipient = recipient;
  }

  /** What the model has said so far; empty where the answer was no text. */
  excerpt(): Excerpt {
    return this.#words?.excerpt() ?? new Excerpt();
  }

  onHead(status: number, headers: Readonly<Record<string, string>>, flow: Flow): void {
    this.#words = wordsIn(headers);
    this.#recipient.onHead(status, headers, flow);
  }

  onData(chunk: Uint8Array): void {
    this.#recipient.onData(chunk);
    this.#words?.read(Buffer.from(chunk.buffer, chunk.byteOffset, chunk.byteLength));
  }

  onEnd(): void {
    this.#recipient.onEnd();
  }

  onBreak(reason: Error): void {
    this.#recipient.onBreak(reason);
  }
}

interface Words {
  read(bytes: Buffer): void;
  excerpt(): Excerpt;
}

const wordsIn = (headers: Readonly<Record<string, string>>): Words | undefined => {
  // Asked for as it is: what comes compressed all the same is not read.
  if ((headers["content-encoding"] ?? "identity") !== "identity") return undefined;
  const type = headers["content-type"] ?? "";
  if (/^application\/json\b/i.test(type)) return new JsonWords();
  if (isEventStream(headers)) return new EventWords();
  return /^text\//i.test(type) ? new PlainWords() : undefined;
};

/** Texts as they are, such as subtitles. */
class PlainWords implements Words {
  readonly #excerpt = new Excerpt();
  readonly #decoder = new TextDecoder();

  read(bytes: Buffer): void {
    this.#excerpt.add(this.#decoder.decode(bytes, { stream: true }));
  }

  excerpt(): Excerpt {
    return this.#excerpt;
  }
}

class JsonWords implements Words {
  #pieces: Buffer[] = [];
  #length = 0;

  read(bytes: Buffer): void {
    this.#length += bytes.length;
    if (this.#length <= MAX_JSON_BYTES) this.#pieces.push(Buffer.from(bytes));
  }

  excerpt(): Excerpt {
    const excerpt = new Excerpt();
    const read = Buffer.concat(this.#pieces);
    if (this.#length > MAX_JSON_BYTES) {
      excerpt.addBytes(read);
      excerpt.markCut();
    } else excerpt.add(textOfAnswer(parsed(read)));
    return excerpt;
  }
}

class EventWords implements Words {
  readonly #excerpt = new Excerpt();
  readonly #events = new EventDataReader(this);
  #pieces: Buffer[] = [];
  #length = 0;

  read(bytes: Buffer): void {
    this.#events.read(bytes);
  }

  onData(bytes: Buffer, start: number, end: number): void {
    this.#length += end - start;
    if (this.#length <= MAX_JSON_BYTES) this.#pieces.push(Buffer.from(bytes.subarray(start, end)));
  }

  onEventEnd(): void {
    const isWhole = this.#length <= MAX_JSON_BYTES;
    // The longest events are the last ones, which tell all again.
    if (isWhole && this.#length > 0) this.#excerpt.add(textOfEvent(parsed(Buffer.concat(this.#pieces))));
    this.#pieces = [];
    this.#length = 0;
  }

  excerpt(): Excerpt {
    return this.#excerpt;
  }
}

const parsed = (bytes: Buffer): unknown => {
  try {
    return JSON.parse(bytes.toString("utf8"));
  } catch {
    return undefined;
  }
};
