// Reads one JSON number, or true, false or null, whose bytes may arrive in several chunks.

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
