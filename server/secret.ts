// A string that refuses to be printed: logs, JSON and inspection show `[secret]`.
import { hash, timingSafeEqual } from "node:crypto";

const MASK = "[secret]";

/** Holds a credential. `reveal()` is called at the one place that sends it; everything else sees a mask. */
export class Secret {
  readonly #value: string;
  // A minted key is never compared, so most secrets need none.
  #digest: Buffer | undefined;

  constructor(value: string) {
    this.#value = value;
  }

  /** The credential itself. A test lists the places that call this. */
  reveal(): string {
    return this.#value;
  }

  /** Compares in constant time, whatever the lengths: both sides are hashed first. */
  equals(candidate: string): boolean {
    this.#digest ??= digest(this.#value);
    return timingSafeEqual(this.#digest, digest(candidate));
  }

  /** Whether the other holds the same credential. */
  isSame(other: Secret): boolean {
    return this.equals(other.#value);
  }

  /** Whether it begins and ends like that, as services show a key that they do not show whole. */
  isBetween(begin: string, end: string): boolean {
    const isLonger = this.#value.length >= begin.length + end.length;
    return isLonger && this.#value.startsWith(begin) && this.#value.endsWith(end);
  }

  /** Its last four characters, by which operators tell keys apart; nothing of a short one. */
  masked(): string {
    return this.#value.length < 20 ? "…" : `…${this.#value.slice(-4)}`;
  }

  get length(): number {
    return this.#value.length;
  }

  toString(): string {
    return MASK;
  }

  toJSON(): string {
    return MASK;
  }

  [Symbol.for("nodejs.util.inspect.custom")](): string {
    return MASK;
  }
}

const digest = (text: string): Buffer => hash("sha256", text, "buffer");
