// Collects the bytes of a body in one buffer while they arrive.

const MIN_BYTES = 16 * 1024;
/** Each growth copies what has arrived; a large factor keeps the copies few. */
const GROWTH = 4;
const noBytes = Buffer.alloc(0);

/**
 * One buffer instead of a list of chunks: of a body that arrives byte by byte, each chunk would be an object. The part of the
 * buffer that is not filled yet takes no memory of the machine.
 */
export class ArrivingBytes {
  /** The first `length` bytes have arrived. */
  bytes: Buffer = noBytes;
  length = 0;
  readonly #expected: number;

  /** At most `expected` bytes are added; infinity where the body's length is not known. */
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

  /** Returns all bytes and keeps no reference to them. */
  take(): Buffer {
    const all = this.bytes.subarray(0, this.length);
    this.bytes = noBytes;
    return all;
  }

  #grow(length: number): void {
    const grown = Buffer.allocUnsafeSlow(Math.min(this.#expected, Math.max(MIN_BYTES, GROWTH * length)));
    this.bytes.copy(grown, 0, 0, this.length);
    this.bytes = grown;
  }
}
