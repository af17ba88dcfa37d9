// Parses multipart forms (RFC 7578) while their bytes arrive, and refuses what parsers read differently.
import { Failure } from "../failures/failure.ts";
import type { MediaType } from "./media-type.ts";
import { type PartHead, readPartHead } from "./part-head.ts";

/** One field or file of a form. */
export interface FormPart extends PartHead {
  /** The offsets of its content in the form's bytes. */
  start: number;
  end: number;
}

const MAX_PARTS = 128;
const MAX_HEAD_BYTES = 4096;
/** The characters of RFC 2046 except the space, which no client uses. */
const BOUNDARY = /^[\w'()+,./:=?-]{1,70}$/;

/** The boundary in a form's media type. Throws `media-type-unsupported` where it is missing or invalid. */
export const boundaryOf = ({ parameters }: MediaType): string => {
  const boundary = parameters.get("boundary");
  if (boundary !== undefined && BOUNDARY.test(boundary)) return boundary;
  throw new Failure(
    "media-type-unsupported",
    "A form's Content-Type must name its boundary, once and plainly.",
  );
};

/** The media type of a form with this boundary, as it is sent on. */
export const formType = (boundary: string): string =>
  `multipart/form-data; boundary=${/^[\w'+.-]+$/.test(boundary) ? boundary : `"${boundary}"`}`;

// The states of the scanner.
const [START, DELIMITER, HEAD, CONTENT, END] = [0, 1, 2, 3, 4];
const CRLF = "\r\n";

/**
 * Parses one form. `feed` takes a buffer whose first `end` bytes have arrived and goes on where it had stopped; `finish` returns
 * the parts. Both throw `request-malformed`: for bytes before the first part or after the last, a boundary within a part, and
 * what `readPartHead` refuses.
 */
export class FormScanner {
  readonly #parts: FormPart[] = [];
  readonly #dashBoundary: Buffer;
  #head: PartHead | undefined;
  #state = START;
  /** The offset where the current state began. */
  #at = 0;
  /** Up to this offset there is no boundary. */
  #searchedTo = 0;

  constructor(boundary: string) {
    this.#dashBoundary = Buffer.from(`--${boundary}`);
  }

  readonly feed = (bytes: Buffer, end: number): void => {
    const all = bytes.subarray(0, end);
    while (this.#step(all));
  };

  finish(bytes: Buffer): readonly FormPart[] {
    this.feed(bytes, bytes.length);
    const rest = bytes.length - this.#at;
    if (this.#state !== END || (rest !== 0 && rest !== CRLF.length)) throw malformed("has no proper end");
    return this.#parts;
  }

  // Whether another step is possible with the bytes that have arrived.
  #step(bytes: Buffer): boolean {
    switch (this.#state) {
      case START:
        return this.#readStart(bytes);
      case DELIMITER:
        return this.#readDelimiter(bytes);
      case HEAD:
        return this.#readHead(bytes);
      case CONTENT:
        return this.#readContent(bytes);
      default:
        return this.#readEnd(bytes);
    }
  }

  #readStart(bytes: Buffer): boolean {
    const { length } = this.#dashBoundary;
    if (bytes.length < length) return false;
    if (this.#dashBoundary.compare(bytes, 0, length) !== 0)
      throw malformed("does not begin with its boundary");
    return this.#goOn(DELIMITER, length);
  }

  #readDelimiter(bytes: Buffer): boolean {
    if (bytes.length < this.#at + 2) return false;
    const following = bytes.toString("latin1", this.#at, this.#at + 2);
    if (following === CRLF) return this.#goOn(HEAD, this.#at + 2);
    if (following === "--") return this.#goOn(END, this.#at + 2);
    throw malformed("has something after a boundary");
  }

  #readHead(bytes: Buffer): boolean {
    const text = bytes.toString("latin1", this.#at, this.#at + MAX_HEAD_BYTES);
    const end = text.indexOf(CRLF + CRLF);
    if (end === -1 && text.length < MAX_HEAD_BYTES) return false;
    if (end === -1) throw malformed(`has a part whose header is longer than ${MAX_HEAD_BYTES} bytes`);
    const head = bytes.subarray(this.#at, this.#at + end);
    if (head.includes(this.#dashBoundary)) throw malformed("has its boundary within a part");
    if (this.#parts.length === MAX_PARTS) throw malformed(`has more than ${MAX_PARTS} parts`);
    this.#head = readPartHead(head.toString("latin1"));
    return this.#goOn(CONTENT, this.#at + end + 2 * CRLF.length);
  }

  #readContent(bytes: Buffer): boolean {
    const found = bytes.indexOf(this.#dashBoundary, this.#searchedTo);
    if (found === -1) {
      this.#searchedTo = Math.max(this.#at, bytes.length - this.#dashBoundary.length + 1);
      return false;
    }
    const end = found - CRLF.length;
    // A parser that accepts a bare line feed as the end of a line would find a part here that others do not.
    if (end < this.#at || bytes.toString("latin1", end, found) !== CRLF)
      throw malformed("has its boundary within a part");
    const head = this.#head;
    if (head?.length !== undefined && head.length !== end - this.#at)
      throw malformed("has a part of another length");
    if (head) this.#parts.push({ ...head, start: this.#at, end });
    return this.#goOn(DELIMITER, found + this.#dashBoundary.length);
  }

  #readEnd(bytes: Buffer): boolean {
    if (!CRLF.startsWith(bytes.toString("latin1", this.#at, this.#at + 3)))
      throw malformed("goes on after its end");
    return false;
  }

  #goOn(state: number, at: number): true {
    this.#state = state;
    this.#at = at;
    this.#searchedTo = at;
    return true;
  }
}

const malformed = (fault: string): Failure => new Failure("request-malformed", `The form ${fault}.`);
