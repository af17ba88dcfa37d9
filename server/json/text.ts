// Reads one text of JSON, whose bytes may come in pieces.
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

/** What `read` answers for bytes that stand in no text of JSON. */
export const WRONG = -1;
const AFTER_BACKSLASH = 5;

export class JsonText {
  /** The offset after its first quote, and once it has ended, that of its last. */
  start = 0;
  end = 0;
  isEscaped = false;
  isWhole = false;
  /** 0, or what must come after a backslash: 4 to 1 stand for so many hexadecimal digits. */
  #escape = 0;
  #allBits = 0;

  begin(start: number): void {
    this.start = start;
    this.isEscaped = false;
    this.isWhole = false;
    this.#allBits = 0;
  }

  /** Reads on from `at` as far as it goes; answers the offset of what it has not read, or `WRONG`. */
  read(bytes: Buffer, at: number, end: number): number {
    let next = at;
    while (next < end) {
      if (this.#escape !== 0) {
        if (!this.#readEscape(bytes[next] ?? 0)) return WRONG;
        next += 1;
        continue;
      }
      // Nearly all bytes of nearly all bodies are read by this loop.
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
