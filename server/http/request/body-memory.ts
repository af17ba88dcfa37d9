// Limits what request bodies take: memory, of all callers and of one, and time of the event loop.
import { Failure } from "../../failures/failure.ts";

export interface BodyMemory {
  /** A lease for one body of a caller. */
  open(caller: string): BodyLease;
  /** Shared by all bodies. */
  readonly turns: BodyTurns;
}

/** The bytes that one body takes. */
export interface BodyLease {
  /** Throws `overloaded` where there is no room. */
  take(bytes: number): void;
  /** Gives some of the bytes back. */
  give(bytes: number): void;
  /** Gives all bytes back. */
  release(): void;
}

/** A body that grows beyond this is a large one. */
export const SMALL_BODY_BYTES = 1024 * 1024;

/**
 * A quarter of the memory is reserved for small bodies, so that large ones never keep them out. One caller may take a quarter
 * of either part, so that others find room; a caller's only body in a part may take more. `nextTurn` runs work in a later turn
 * of the event loop.
 */
export const createBodyMemory = (maxBytes: number, nextTurn: (work: () => void) => void): BodyMemory => {
  const small = new Part(maxBytes / 4, maxBytes / 16);
  const large = new Part((maxBytes / 4) * 3, maxBytes / 4);
  return { turns: createBodyTurns(nextTurn), open: (caller) => new PartLease(caller, small, large) };
};

class PartLease implements BodyLease {
  readonly #caller: string;
  readonly #large: Part;
  #part: Part;
  #taken = 0;

  constructor(caller: string, small: Part, large: Part) {
    this.#caller = caller;
    this.#large = large;
    this.#part = small;
  }

  take(bytes: number): void {
    const fits = this.#part === this.#large || this.#taken + bytes <= SMALL_BODY_BYTES;
    const isTaken = fits && this.#part.take(this.#caller, bytes, this.#taken);
    if (!isTaken && !this.#moveToLarge(bytes)) throw overloaded();
    this.#taken += bytes;
  }

  give(bytes: number): void {
    const given = Math.min(bytes, this.#taken);
    this.#part.give(this.#caller, given);
    this.#taken -= given;
  }

  release(): void {
    this.give(this.#taken);
  }

  #moveToLarge(bytes: number): boolean {
    if (this.#part === this.#large) return false;
    if (!this.#large.take(this.#caller, this.#taken + bytes, 0)) return false;
    this.#part.give(this.#caller, this.#taken);
    this.#part = this.#large;
    return true;
  }
}

/** A part of the memory, of which one caller may take `share` bytes. */
class Part {
  readonly #takenBy = new Map<string, number>();
  readonly #share: number;
  #free: number;

  constructor(maxBytes: number, share: number) {
    this.#free = maxBytes;
    this.#share = share;
  }

  /** False where there is no room. `own` is what the same body has taken of this part already. */
  take(caller: string, bytes: number, own: number): boolean {
    const before = this.#takenBy.get(caller) ?? 0;
    if (bytes > this.#free || (before > own && before + bytes > this.#share)) return false;
    this.#free -= bytes;
    this.#takenBy.set(caller, before + bytes);
    return true;
  }

  give(caller: string, bytes: number): void {
    const left = (this.#takenBy.get(caller) ?? 0) - bytes;
    this.#free += bytes;
    if (left > 0) this.#takenBy.set(caller, left);
    else this.#takenBy.delete(caller);
  }
}

const overloaded = (): Failure => new Failure("overloaded", undefined, { headers: { "retry-after": "1" } });

export interface BodyTurns {
  /** Counts bytes that were read. False where this turn's share is used up: `resume` is then called in a later turn. */
  mayGoOn(bytes: number, resume: () => void): boolean;
}

/** About a millisecond's work. */
const TURN_BYTES = 512 * 1024;
/** Node reads at most this much from a socket at once. */
const CHUNK_BYTES = 64 * 1024;

/** Bodies that wait are resumed first in, first out, as many as one turn can read. `nextTurn` runs work in a later turn. */
export const createBodyTurns = (nextTurn: (work: () => void) => void): BodyTurns => {
  const waiting: (() => void)[] = [];
  let leftBytes = TURN_BYTES;
  let isScheduled = false;
  const startTurn = (): void => {
    isScheduled = false;
    leftBytes = TURN_BYTES;
    for (const resume of waiting.splice(0, TURN_BYTES / CHUNK_BYTES)) resume();
    if (waiting.length > 0) schedule();
  };
  const schedule = (): void => {
    if (isScheduled) return;
    isScheduled = true;
    nextTurn(startTurn);
  };
  return {
    mayGoOn: (bytes, resume) => {
      leftBytes -= bytes;
      schedule();
      if (leftBytes > 0 && waiting.length === 0) return true;
      waiting.push(resume);
      return false;
    },
  };
};
