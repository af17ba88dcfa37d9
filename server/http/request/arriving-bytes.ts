// The bytes of a body as they arrive, in one piece.

const LEAST_BYTES = 16 * 1024;
/** What is there so far is copied at each growth, in one go. */
const GROWTH = 4;
const noBytes = Buffer.alloc(0);

/**
 * What is not yet filled takes no memory of the machine. Keeping the pieces would: of a body that comes byte by byte, each
 * of them is an object.
 */
export class ArrivingBytes {
  /** All so far, and room for more. */
  bytes: Buffer = noBytes;
  length = 0;
  readonly #expected: number;

  /** `expected` is never exceeded; infinity where nobody knows. */
  constructor(expected: number) {
    this.#expected = expected;
  }

  add(chunk: Buffer): void {
    const length = this.length + chunk.length;
    if (this.length === 0 && length === this.#expected) this.bytes = chunk;
    else {
      if (length > this.bytes.length) this.#grow(length);
      chunk.copy(this.bytes, this.length);
    }
    this.length = length;
  }

  /** Answers all of them, and keeps none. */
  take(): Buffer {
    const all = this.bytes.subarray(0, this.length);
    this.bytes = noBytes;
    return all;
  }

  #grow(length: number): void {
    const grown = Buffer.allocUnsafeSlow(Math.min(this.#expected, Math.max(LEAST_BYTES, GROWTH * length)));
    this.bytes.copy(grown, 0, 0, this.length);
    this.bytes = grown;
  }
}
