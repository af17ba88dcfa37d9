// The chunks of a response that are still needed, each with its number.

export class ChunkBuffer {
  /** Bytes held. */
  bytes = 0;
  /** The number of the first chunk that is held; the response's first has 0. */
  first = 0;
  /** Whether it still holds the response from its beginning, and will. */
  hasAll = true;
  readonly #chunks: Uint8Array[] = [];

  /** The number of the next chunk. */
  get end(): number {
    return this.first + this.#chunks.length;
  }

  add(chunk: Uint8Array): void {
    this.#chunks.push(chunk);
    this.bytes += chunk.length;
  }

  at(number: number): Uint8Array | undefined {
    return this.#chunks[number - this.first];
  }

  whole(): Buffer {
    return Buffer.concat(this.#chunks);
  }

  /** From then on the response is no longer held whole. */
  dropBefore(number: number): void {
    this.hasAll = false;
    for (const chunk of this.#chunks.splice(0, number - this.first)) {
      this.first += 1;
      this.bytes -= chunk.length;
    }
  }
}
