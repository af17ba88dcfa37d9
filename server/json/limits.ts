// How much JSON is taken, and the refusal of what is no JSON or more than that.
import { Failure } from "../failures/failure.ts";

/** Why a text is not read. The message goes on from what the text is, such as "The body". */
export class JsonFault extends Error {}

/** What JSON.parse and what is done with its value take less than a tenth of a second for, whatever it is. */
export const parsable = { bytes: 8 * 1024 * 1024, values: 25_000 };

/** Where a schema judges each value: what is wrong with it is put into words, which takes longer than to parse it. */
export const MAX_JUDGED_VALUES = 10_000;

/** About what one parsed value takes of the memory, besides its text. */
const VALUE_BYTES = 64;

/** Bytes of memory that parsing a text takes at most. */
export const parsingCost = (bytes: number, values: number): number => 2 * bytes + values * VALUE_BYTES;

/** Does it, and throws `request-malformed` in place of a `JsonFault`. */
export const refusingFaults = (scan: () => void): void => {
  try {
    scan();
  } catch (cause) {
    if (!(cause instanceof JsonFault)) throw cause;
    throw new Failure("request-malformed", `The body ${cause.message}.`, { cause });
  }
};
