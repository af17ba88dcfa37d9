// Scans JSON while its bytes arrive: the whole grammar, limits of depth and number, and what JSON.parse accepts silently.
import { type InputError, MAX_ERRORS } from "../failures/failure.ts";
import { JsonLevels, type JsonPath, nameBetween } from "./levels.ts";
import { JsonFault } from "./limits.ts";
import { JsonScalar, JsonText, WRONG } from "./tokens.ts";

export interface ScanRules {
  maxDepth: number;
  /** Objects, arrays, texts, numbers, true, false and null, all together. */
  maxValues: number;
  watch?: Watch;
}

/** Watches for certain names, whose values are then known without parsing the text. */
export interface Watch {
  /** Whether the bytes between two offsets, which may hold escapes, are such a name. */
  isWatched(bytes: Buffer, start: number, end: number, isEscaped: boolean): boolean;
  /** Hears of its value, which begins at `at`; undefined if that is no null or short text. The path is costly to ask for. */
  found(value: string | null | undefined, depth: number, path: () => JsonPath, at: number): void;
}

const MAX_NAME_BYTES = 1024;
/** Names of all open objects together: bounds the memory in which repeated names are found. */
const MAX_OPEN_NAMES = 10_000;
const MAX_WATCHED_BYTES = 2048;

// The states of the scanner: what may come next, or what has begun.
const [VALUE, VALUE_OR_END, NAME, NAME_OR_END, COLON, COMMA_OR_END, NOTHING] = [0, 1, 2, 3, 4, 5, 6];
const [IN_TEXT, IN_NAME, IN_SCALAR] = [7, 8, 9];

const [QUOTE, COMMA, COLON_SIGN, SMALL_N] = [0x22, 0x2c, 0x3a, 0x6e];
const [OPEN_ARRAY, CLOSE_ARRAY, OPEN_OBJECT, CLOSE_OBJECT] = [0x5b, 0x5d, 0x7b, 0x7d];

const isSpace = (byte: number): boolean => byte === 0x20 || byte === 0x0a || byte === 0x0d || byte === 0x09;

const noBytes = Buffer.alloc(0);

const notJson = (): never => {
  throw new JsonFault("is not JSON");
};

/**
 * Scans one text. `feed` takes a buffer whose first `end` bytes have arrived and goes on where it had stopped; `finish` ends
 * the text. Both throw `JsonFault`. Repeated names, `__proto__` and bytes that are not UTF-8 become `errors`, at most
 * `MAX_ERRORS` of them.
 */
export class JsonScanner {
  readonly errors: InputError[] = [];
  values = 0;
  /** Whether the outermost value is an object. */
  isObject = false;
  readonly #rules: ScanRules;
  readonly #levels = new JsonLevels();
  readonly #text = new JsonText();
  readonly #scalar = new JsonScalar();
  #state = VALUE;
  #bytes: Buffer = noBytes;
  #at: number;
  #isWatching = false;

  constructor(rules: ScanRules, at = 0) {
    this.#rules = rules;
    this.#at = at;
  }

  feed(bytes: Buffer, end: number): void {
    this.#bytes = bytes;
    while (this.#at < end) {
      const state = this.#state;
      if (state === IN_TEXT || state === IN_NAME) this.#readText(end);
      else if (state === IN_SCALAR) this.#readScalar(end);
      else {
        const byte = bytes[this.#at] ?? 0;
        if (!isSpace(byte)) this.#readToken(byte);
        this.#at += 1;
      }
    }
  }

  finish(): void {
    if (this.#state === IN_SCALAR) this.#endScalar();
    if (this.#state !== NOTHING) notJson();
    this.#bytes = noBytes;
  }

  #readToken(byte: number): void {
    const state = this.#state;
    if (state === VALUE) this.#beginValue(byte);
    else if (state === COLON && byte === COLON_SIGN) this.#state = VALUE;
    else if (state === COMMA_OR_END && byte === COMMA) {
      this.#state = this.#levels.isObject ? NAME : VALUE;
      this.#levels.nextElement();
    } else if (byte === QUOTE && (state === NAME || state === NAME_OR_END)) {
      this.#state = IN_NAME;
      this.#text.begin(this.#at + 1);
    } else if (this.#isClosedBy(byte)) {
      this.#levels.close();
      this.#endValue();
    } else if (state === VALUE_OR_END) this.#beginValue(byte);
    else notJson();
  }

  #isClosedBy(byte: number): boolean {
    const state = this.#state;
    if (this.#levels.isObject)
      return byte === CLOSE_OBJECT && (state === COMMA_OR_END || state === NAME_OR_END);
    return byte === CLOSE_ARRAY && (state === COMMA_OR_END || state === VALUE_OR_END);
  }

  #beginValue(byte: number): void {
    this.values += 1;
    if (this.values > this.#rules.maxValues) {
      throw new JsonFault(`has more than ${this.#rules.maxValues} values`);
    }
    if (this.#isWatching && byte !== QUOTE) this.#tell(byte === SMALL_N ? null : undefined, this.#at);
    if (byte === QUOTE) {
      this.#state = IN_TEXT;
      this.#text.begin(this.#at + 1);
    } else if (byte === OPEN_OBJECT || byte === OPEN_ARRAY) this.#open(byte === OPEN_OBJECT);
    else if (this.#scalar.begin(byte)) this.#state = IN_SCALAR;
    else notJson();
  }

  #open(isObject: boolean): void {
    const { maxDepth } = this.#rules;
    if (this.#levels.depth === maxDepth) throw new JsonFault(`nests more than ${maxDepth} deep`);
    if (this.#levels.depth === 0) this.isObject = isObject;
    this.#levels.open(isObject);
    this.#state = isObject ? NAME_OR_END : VALUE_OR_END;
  }

  #endValue(): void {
    this.#state = this.#levels.depth === 0 ? NOTHING : COMMA_OR_END;
  }

  #readScalar(end: number): void {
    this.#at = this.#scalar.read(this.#bytes, this.#at, end);
    // A number has ended only when the next byte is there.
    if (this.#at < end) this.#endScalar();
  }

  #endScalar(): void {
    if (!this.#scalar.isWhole) notJson();
    this.#endValue();
  }

  #readText(end: number): void {
    this.#at = this.#text.read(this.#bytes, this.#at, end);
    if (this.#at === WRONG) notJson();
    // Without the last quote.
    const length = this.#at - this.#text.start - Number(this.#text.isWhole);
    if (this.#state === IN_NAME && length > MAX_NAME_BYTES) {
      throw new JsonFault(`has a name of more than ${MAX_NAME_BYTES} bytes`);
    }
    if (!this.#text.isWhole) return;
    if (this.#state === IN_NAME) this.#endName();
    else this.#endText();
  }

  #endName(): void {
    const { start, end, isEscaped } = this.#text;
    const isNew = this.#levels.addName(this.#bytes, start, end, isEscaped);
    if (this.#levels.openNames > MAX_OPEN_NAMES) {
      throw new JsonFault(`has an object of more than ${MAX_OPEN_NAMES} names`);
    }
    if (this.#isPrototype(start, end, isEscaped)) this.#blame("is not an allowed name");
    else if (!isNew) this.#blame("is given more than once");
    if (!this.#text.isUtf8(this.#bytes)) this.#blame("is not valid UTF-8");
    this.#isWatching = this.#rules.watch?.isWatched(this.#bytes, start, end, isEscaped) === true;
    this.#state = COLON;
  }

  #isPrototype(start: number, end: number, isEscaped: boolean): boolean {
    const PROTOTYPE = "__proto__";
    if (!isEscaped && end - start !== PROTOTYPE.length) return false;
    return nameBetween(this.#bytes, start, end, isEscaped) === PROTOTYPE;
  }

  #endText(): void {
    const { start, end, isEscaped } = this.#text;
    if (!this.#text.isUtf8(this.#bytes)) this.#blame("is not valid UTF-8");
    if (this.#isWatching) {
      const isLong = end - start > MAX_WATCHED_BYTES;
      this.#tell(isLong ? undefined : nameBetween(this.#bytes, start, end, isEscaped), start - 1);
    }
    this.#endValue();
  }

  #tell(value: string | null | undefined, at: number): void {
    this.#isWatching = false;
    this.#rules.watch?.found(value, this.#levels.depth, () => this.#levels.path(this.#bytes), at);
  }

  #blame(detail: string): void {
    if (this.errors.length === MAX_ERRORS) return;
    this.errors.push({ pointer: this.#levels.pointer(this.#bytes), detail });
  }
}
