// How much memory request bodies may take: together, small ones apart from large ones, and for one caller.
import { Failure } from "../../failures/failure.ts";
import { type BodyTurns, createBodyTurns } from "./body-turns.ts";

export interface BodyMemory {
  /** For one body of a caller. */
  open(caller: string): BodyLease;
  /** In which all bodies are read. */
  readonly turns: BodyTurns;
}

export interface BodyLease {
  /** Takes more. Throws `overloaded`. */
  take(bytes: number): void;
  /** Gives back some of it. */
  give(bytes: number): void;
  /** Gives back all that was taken. */
  release(): void;
}

/** What has grown beyond this is a large body, and finds its room among those. */
export const SMALL_BODY_BYTES = 1024 * 1024;

/**
 * A quarter is kept for small bodies, so that large ones never keep them out. Of either part one caller may have a share, so
 * that others find room; a body that is the only one of its caller there may take more.
 */
export const createBodyMemory = (maxBytes: number): BodyMemory => {
  const small = createPart(maxBytes / 4, maxBytes / 16);
  const large = createPart((maxBytes / 4) * 3, maxBytes / 4);
  return {
    turns: createBodyTurns(),
    open: (caller) => {
      let part = small;
      let taken = 0;
      const moveToLarge = (bytes: number): boolean => {
        if (part === large || !large.take(caller, taken + bytes, 0)) return false;
        part.give(caller, taken);
        part = large;
        return true;
      };
      return {
        take: (bytes) => {
          const fits = part === large || taken + bytes <= SMALL_BODY_BYTES;
          if (!(fits && part.take(caller, bytes, taken)) && !moveToLarge(bytes)) throw overloaded();
          taken += bytes;
        },
        give: (bytes) => {
          const given = Math.min(bytes, taken);
          part.give(caller, given);
          taken -= given;
        },
        release: () => {
          part.give(caller, taken);
          taken = 0;
        },
      };
    },
  };
};

interface Part {
  /** False where there is no room. `own` is what the same body has already. */
  take(caller: string, bytes: number, own: number): boolean;
  give(caller: string, bytes: number): void;
}

const createPart = (maxBytes: number, share: number): Part => {
  const taken = new Map<string, number>();
  let free = maxBytes;
  return {
    take: (caller, bytes, own) => {
      const before = taken.get(caller) ?? 0;
      if (bytes > free || (before > own && before + bytes > share)) return false;
      free -= bytes;
      taken.set(caller, before + bytes);
      return true;
    },
    give: (caller, bytes) => {
      const left = (taken.get(caller) ?? 0) - bytes;
      free += bytes;
      if (left > 0) taken.set(caller, left);
      else taken.delete(caller);
    },
  };
};

const overloaded = (): Failure => new Failure("overloaded", undefined, { headers: { "retry-after": "1" } });
