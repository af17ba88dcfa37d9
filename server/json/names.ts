// The names of one JSON object while it is read, to find repeated ones.

/** Up to this number, comparing the names one by one costs less than a set of strings. */
const FEW = 16;

export class ObjectNames {
  count = 0;
  readonly #starts: number[] = [];
  readonly #ends: number[] = [];
  #many: Set<string> | undefined;

  /** Forgets all names, for the next object. */
  clear(): void {
    this.count = 0;
    this.#many = undefined;
  }

  /** Adds the name between two offsets. False where the object has it already, in whatever spelling. */
  add(bytes: Buffer, start: number, end: number, isEscaped: boolean): boolean {
    if (!this.#many) {
      if (!isEscaped && this.count < FEW) return this.#addToFew(bytes, start, end);
      this.#many = new Set();
      for (let index = 0; index < this.count; index += 1) {
        this.#many.add(nameBetween(bytes, this.#starts[index] ?? 0, this.#ends[index] ?? 0, false));
      }
    }
    const name = nameBetween(bytes, start, end, isEscaped);
    if (this.#many.has(name)) return false;
    this.#many.add(name);
    this.count += 1;
    return true;
  }

  #addToFew(bytes: Buffer, start: number, end: number): boolean {
    for (let index = 0; index < this.count; index += 1) {
      const other = this.#starts[index] ?? 0;
      if ((this.#ends[index] ?? 0) - other !== end - start) continue;
      let at = start;
      while (at < end && bytes[at] === bytes[other + at - start]) at += 1;
      if (at === end) return false;
    }
    this.#starts[this.count] = start;
    this.#ends[this.count] = end;
    this.count += 1;
    return true;
  }
}

/** The name between two offsets, which are those inside its quotes. */
export const nameBetween = (bytes: Buffer, start: number, end: number, isEscaped: boolean): string =>
  isEscaped ? JSON.parse(bytes.toString("utf8", start - 1, end + 1)) : bytes.toString("utf8", start, end);
