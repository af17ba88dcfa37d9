// How large JSON may be, and the refusal of a body that is not JSON or too large.
import { Failure } from "../failures/failure.ts";

/** Why a text is refused. The message continues a sentence that begins with the text's name, such as "The body". */
export class JsonFault extends Error {}

/** How deep objects and arrays may nest in what this service validates. */
export const MAX_DEPTH = 32;
/** How deep they may nest in what is relayed to OpenAI. */
export const MAX_RELAYED_DEPTH = 64;

/** JSON within these limits is parsed and processed in less than a tenth of a second. */
export const parsable = { bytes: 8 * 1024 * 1024, values: 25_000 };

/** Where a schema validates each value: to describe what is wrong with each takes longer than to parse it. */
export const MAX_JUDGED_VALUES = 10_000;

/** About the memory of one parsed value, besides its text. */
const VALUE_BYTES = 64;

/** The most memory that parsing a text takes, in bytes. */
export const parsingCost = (bytes: number, values: number): number => 2 * bytes + values * VALUE_BYTES;

/** Runs the scan, and throws `request-malformed` in place of a `JsonFault`. */
export const refusingFaults = (scan: () => void): void => {
  try {
    scan();
  } catch (cause) {
    if (!(cause instanceof JsonFault)) throw cause;
    throw new Failure("request-malformed", `The body ${cause.message}.`, { cause });
  }
};
