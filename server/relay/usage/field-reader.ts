// Reads a few top-level fields of a JSON text while its bytes pass, and holds nothing of the rest.

/** Values that are longer are not read. OpenAI's usage objects have less than a kilobyte. */
const MAX_VALUE_BYTES = 64 * 1024;
/** A text without an end in so many bytes is probably an image or a sound: from there a native search is faster. */
const SHORT_TEXT_BYTES = 48;

const [QUOTE, BACKSLASH, COMMA, COLON] = [0x22, 0x5c, 0x2c, 0x3a];
const [OPEN_ARRAY, CLOSE_ARRAY, OPEN_OBJECT, CLOSE_OBJECT] = [0x5b, 0x5d, 0x7b, 0x7d];

/** The level of a text that is not an object. */
const NO_LEVEL = -1;

const isToken = new Uint8Array(256);
for (const byte of [QUOTE, COMMA, COLON, OPEN_ARRAY, CLOSE_ARRAY, OPEN_OBJECT, CLOSE_OBJECT])
  isToken[byte] = 1;

export interface FieldNames {
  /** The fields to read. */
  names: ReadonlySet<string>;
  /** The length of the longest of all these names. */
  longest: number;
  /** An object under this name is read as if its fields stood at the top. */
  wrapper: string;
}

/**
 * Takes the text in pieces of any size. What is not JSON, or breaks off, has no values: it never throws. Of a field that is
 * given twice, the last value counts, as in `JSON.parse`.
 */
export class FieldReader {
  /** The fields that have come, by name. */
  values = new Map<string, unknown>();
  readonly #fields: FieldNames;
  #depth = 0;
  /** The depth at which fields are read: 1, or 2 in the wrapper. */
  #level = 1;
  #expectsName = false;
  #isInText = false;
  #isInName = false;
  #isEscaped = false;
  #name = "";
  #isReadingValue = false;
  #valuePieces: Uint8Array[] = [];
  #valueLength = 0;

  constructor(fields: FieldNames) {
    this.#fields = fields;
  }

  /** Begins with another text. */
  reset(): void {
    if (this.values.size > 0) this.values = new Map();
    this.#depth = 0;
    this.#level = 1;
    this.#expectsName = false;
    this.#isInText = false;
    this.#isEscaped = false;
    this.#dropValue();
  }

  /** Reads on in the bytes between two offsets. */
  read(bytes: Buffer, start: number, end: number): void {
    let valueStart = start;
    let at = this.#isInText ? this.#readText(bytes, start, end) : start;
    while (at < end) {
      const byte = bytes[at] ?? 0;
      at += 1;
      if (isToken[byte] === 0) continue;
      if (byte === QUOTE) {
        this.#isInText = true;
        this.#isInName = this.#expectsName && this.#depth === this.#level;
        if (this.#isInName) this.#name = "";
        at = this.#readText(bytes, at, end);
        continue;
      }
      const isAtLevel = this.#depth === this.#level;
      if (!isAtLevel && (byte === COMMA || byte === COLON)) continue;
      if (this.#isReadingValue && isAtLevel && (byte === COMMA || byte === CLOSE_OBJECT)) {
        this.#endValue(bytes, valueStart, at - 1);
      }
      this.#readToken(byte, isAtLevel);
      if (byte === COLON && isAtLevel) valueStart = at;
    }
    if (this.#isReadingValue) this.#addToValue(bytes, valueStart, end);
  }

  #readToken(byte: number, isAtLevel: boolean): void {
    if (byte === OPEN_OBJECT || byte === OPEN_ARRAY) this.#open(byte === OPEN_OBJECT);
    else if (byte === CLOSE_OBJECT || byte === CLOSE_ARRAY) {
      this.#depth -= 1;
      if (isAtLevel) this.#level = 1;
      if (this.#depth === this.#level) this.#expectsName = false;
    } else if (byte === COMMA) this.#expectsName ||= isAtLevel;
    else if (isAtLevel && this.#expectsName) {
      this.#expectsName = false;
      this.#isReadingValue = this.#fields.names.has(this.#name);
    }
  }

  #open(isObject: boolean): void {
    const isWrapper = this.#depth === 1 && this.#level === 1 && this.#name === this.#fields.wrapper;
    this.#depth += 1;
    if (isObject && (this.#depth === 1 || isWrapper)) {
      this.#level = this.#depth;
      this.#expectsName = true;
    } else if (this.#depth === 1) this.#level = NO_LEVEL;
  }

  // Reads on in a text as far as it goes; returns the offset of what it has not read.
  #readText(bytes: Buffer, start: number, end: number): number {
    let at = this.#isEscaped ? start + 1 : start;
    this.#isEscaped = false;
    const soon = Math.min(end, start + SHORT_TEXT_BYTES);
    while (at < soon) {
      const byte = bytes[at];
      at += 1;
      if (byte === QUOTE) return this.#endText(bytes, start, at);
      if (byte === BACKSLASH) at += 1;
    }
    // What follows the last backslash has not come.
    if (at > end) this.#isEscaped = true;
    while (at < end) {
      const quote = bytes.indexOf(QUOTE, at);
      const stop = quote === -1 || quote >= end ? end : quote;
      this.#isEscaped = backslashesBefore(bytes, at, stop) % 2 === 1;
      at = Math.min(end, stop + 1);
      if (stop === end) break;
      if (!this.#isEscaped) return this.#endText(bytes, start, at);
      this.#isEscaped = false;
    }
    this.#addToName(bytes, start, end);
    return end;
  }

  #endText(bytes: Buffer, start: number, after: number): number {
    this.#isInText = false;
    this.#addToName(bytes, start, after - 1);
    return after;
  }

  #addToName(bytes: Buffer, start: number, end: number): void {
    if (!this.#isInName || this.#name.length > this.#fields.longest) return;
    this.#name += bytes.toString("latin1", start, Math.min(end, start + this.#fields.longest + 1));
  }

  #addToValue(bytes: Buffer, start: number, end: number): void {
    this.#valueLength += end - start;
    if (this.#valueLength > MAX_VALUE_BYTES) this.#valuePieces = [];
    // A copy: what comes from a socket may be part of something much larger.
    else this.#valuePieces.push(Buffer.from(bytes.subarray(start, end)));
  }

  #endValue(bytes: Buffer, start: number, end: number): void {
    const isWhole = this.#valueLength === 0;
    if (!isWhole) this.#addToValue(bytes, start, end);
    else this.#valueLength = end - start;
    try {
      if (this.#valueLength <= MAX_VALUE_BYTES) {
        const text = isWhole
          ? bytes.toString("utf8", start, end)
          : Buffer.concat(this.#valuePieces).toString();
        this.values.set(this.#name, JSON.parse(text));
      }
    } catch {
      // It is not JSON.
    }
    this.#dropValue();
  }

  #dropValue(): void {
    this.#isReadingValue = false;
    if (this.#valuePieces.length > 0) this.#valuePieces = [];
    this.#valueLength = 0;
  }
}

const backslashesBefore = (bytes: Buffer, start: number, end: number): number => {
  let at = end;
  while (at > start && bytes[at - 1] === BACKSLASH) at -= 1;
  return end - at;
};
