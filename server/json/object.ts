// Reads a JSON object from bytes, and reports what JSON.parse accepts silently.
import { Failure, type InputError } from "../failures/failure.ts";
import { MAX_DEPTH, MAX_JUDGED_VALUES, parsingCost, refusingFaults } from "./limits.ts";
import type { JsonRecord } from "./record.ts";
import { JsonScanner } from "./scan.ts";

export interface JsonObject {
  value: JsonRecord;
  /** Repeated names, `__proto__`, and text that is not UTF-8, each with its pointer. */
  errors: InputError[];
}

const rules = { maxDepth: MAX_DEPTH, maxValues: MAX_JUDGED_VALUES };
const BYTE_ORDER_MARK = Buffer.from("\uFEFF");

/** Reads one object while its bytes arrive. */
export class JsonObjectReader {
  #scanner: JsonScanner | undefined;

  /** Takes a buffer whose first `end` bytes have arrived. Throws `request-malformed` as soon as they are no JSON object. */
  feed(bytes: Buffer, end: number): void {
    if (end < BYTE_ORDER_MARK.length) return;
    this.#scanner ??= new JsonScanner(rules, startOf(bytes));
    const scanner = this.#scanner;
    refusingFaults(() => scanner.feed(bytes, end));
  }

  /** The most memory that `finish` will take, in bytes. */
  cost(bytes: Buffer): number {
    return parsingCost(bytes.length, this.#scanner?.values ?? 0);
  }

  /** Takes all bytes; none at all are an empty object. Throws `request-malformed`. */
  finish(bytes: Buffer): JsonObject {
    if (bytes.length === 0) return { value: {}, errors: [] };
    const scanner = this.#scanner ?? new JsonScanner(rules);
    refusingFaults(() => {
      scanner.feed(bytes, bytes.length);
      scanner.finish();
    });
    if (!scanner.isObject) throw new Failure("request-malformed", "The body must be a JSON object.");
    return { value: JSON.parse(bytes.toString("utf8", startOf(bytes))), errors: scanner.errors };
  }
}

/** Reads one object from all of its bytes; none at all are an empty object. Throws `request-malformed`. */
export const readJsonObject = (bytes: Buffer): JsonObject => {
  const reader = new JsonObjectReader();
  reader.feed(bytes, bytes.length);
  return reader.finish(bytes);
};

const startOf = (bytes: Buffer): number =>
  BYTE_ORDER_MARK.equals(bytes.subarray(0, BYTE_ORDER_MARK.length)) ? BYTE_ORDER_MARK.length : 0;
