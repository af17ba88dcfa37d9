// Reads one JSON string, number, true, false or null, whose bytes may arrive in several chunks.
import { isUtf8 } from "node:buffer";

const [QUOTE, BACKSLASH, SMALL_U] = [0x22, 0x5c, 0x75];

const tableOf = (bytes: Iterable<number>): Uint8Array => {
  const table = new Uint8Array(256);
  for (const byte of bytes) table[byte] = 1;
  return table;
};
const isSpecial = tableOf([...Array(0x20).keys(), QUOTE, BACKSLASH]);
const isEscapable = tableOf(Buffer.from('"\\/bfnrt'));
const isHexadecimal = tableOf(Buffer.from("0123456789abcdefABCDEF"));

/** What `read` returns for bytes that no JSON string may have. */
export const WRONG = -1;
const AFTER_BACKSLASH = 5;

export class JsonText {
  /** The offset after the first quote; `end` is that of the last quote, once it was read. */
  start = 0;
  end = 0;
  isEscaped = false;
  isWhole = false;
  /** 0 outside of an escape, `AFTER_BACKSLASH`, or the number of hexadecimal digits that must follow. */
  #escape = 0;
  #allBits = 0;

  begin(start: number): void {
    this.start = start;
    this.isEscaped = false;
    this.isWhole = false;
    this.#allBits = 0;
  }

  /** Reads on from `at` to the end of the string or of the bytes; returns the offset of the first byte that was not read, or `WRONG`. */
  read(bytes: Buffer, at: number, end: number): number {
    let next = at;
    while (next < end) {
      if (this.#escape !== 0) {
        if (!this.#readEscape(bytes[next] ?? 0)) return WRONG;
        next += 1;
        continue;
      }
      // Nearly all bytes of nearly all bodies are read in this loop.
      let allBits = 0;
      let byte = 0;
      while (next < end) {
        byte = bytes[next] ?? 0;
        if (isSpecial[byte] === 1) break;
        allBits |= byte;
        next += 1;
      }
      this.#allBits |= allBits;
      if (next === end) return next;
      if (byte === QUOTE) {
        this.end = next;
        this.isWhole = true;
        return next + 1;
      }
      if (byte !== BACKSLASH) return WRONG;
      this.isEscaped = true;
      this.#escape = AFTER_BACKSLASH;
      next += 1;
    }
    return next;
  }

  isUtf8(bytes: Buffer): boolean {
    return this.#allBits < 0x80 || isUtf8(bytes.subarray(this.start, this.end));
  }

  #readEscape(byte: number): boolean {
    if (this.#escape !== AFTER_BACKSLASH) {
      this.#escape -= 1;
      return isHexadecimal[byte] === 1;
    }
    this.#escape = byte === SMALL_U ? 4 : 0;
    return byte === SMALL_U || isEscapable[byte] === 1;
  }
}

const words: Readonly<Record<number, string>> = { 116: "true", 102: "false", 110: "null" };

// The states of reading a number.
const [MINUS, ZERO, WHOLE, POINT, FRACTION, EXPONENT, SIGN, POWER] = [1, 2, 3, 4, 5, 6, 7, 8];
const NO = 0;
const mayEndAfter = new Set([ZERO, WHOLE, FRACTION, POWER]);

/** For each state, the next one after 0, 1 to 9, a point, e or E, + and -. */
const following: readonly (readonly number[])[] = [
  [],
  [ZERO, WHOLE, NO, NO, NO, NO],
  [NO, NO, POINT, EXPONENT, NO, NO],
  [WHOLE, WHOLE, POINT, EXPONENT, NO, NO],
  [FRACTION, FRACTION, NO, NO, NO, NO],
  [FRACTION, FRACTION, NO, EXPONENT, NO, NO],
  [POWER, POWER, NO, NO, SIGN, SIGN],
  [POWER, POWER, NO, NO, NO, NO],
  [POWER, POWER, NO, NO, NO, NO],
];

const OTHER = 6;
const kinds = new Uint8Array(256).fill(OTHER);
for (const [kind, bytes] of ["0", "123456789", ".", "eE", "+", "-"].entries()) {
  for (const byte of Buffer.from(bytes)) kinds[byte] = kind;
}
const HYPHEN = 0x2d;

export class JsonScalar {
  /** Whether the scalar may end here. */
  isWhole = false;
  #number = NO;
  #word = "";
  #length = 0;

  /** False where no scalar begins with this byte. */
  begin(byte: number): boolean {
    this.#word = words[byte] ?? "";
    this.#length = 1;
    this.#number = byte === HYPHEN ? MINUS : (following[MINUS]?.[kinds[byte] ?? OTHER] ?? NO);
    this.isWhole = mayEndAfter.has(this.#number);
    return this.#number !== NO || this.#word !== "";
  }

  /** Reads on from `at` to the end of the scalar or of the bytes; returns the offset of the first byte that was not read. */
  read(bytes: Buffer, at: number, end: number): number {
    return this.#word === "" ? this.#readNumber(bytes, at, end) : this.#readWord(bytes, at, end);
  }

  #readNumber(bytes: Buffer, at: number, end: number): number {
    let next = at;
    let number = this.#number;
    while (next < end) {
      const longer = following[number]?.[kinds[bytes[next] ?? 0] ?? OTHER] ?? NO;
      if (longer === NO) break;
      number = longer;
      next += 1;
    }
    this.#number = number;
    this.isWhole = mayEndAfter.has(number);
    return next;
  }

  #readWord(bytes: Buffer, at: number, end: number): number {
    let next = at;
    while (next < end && bytes[next] === this.#word.charCodeAt(this.#length)) {
      this.#length += 1;
      next += 1;
    }
    this.isWhole = this.#length === this.#word.length;
    return next;
  }
}
