// Reads a JSON object from bytes, and refuses what JSON.parse would let pass silently.
import { Failure, type InputError } from "../failures/failure.ts";
import { MAX_JUDGED_VALUES, parsingCost, refusingFaults } from "./limits.ts";
import { JsonScanner } from "./scan.ts";

export interface JsonObject {
  value: Record<string, unknown>;
  /** Repeated names, names that reach for the prototype, and text that was not UTF-8, each with its pointer. */
  errors: InputError[];
}

export interface JsonObjectReader {
  /** Takes all bytes that are there so far. Throws `request-malformed` as soon as they are no JSON object. */
  feed(bytes: Buffer, end: number): void;
  /** Bytes of memory that reading the object will take at most. */
  cost(bytes: Buffer): number;
  /** Takes all bytes there are; none at all are an empty object. Throws `request-malformed`. */
  finish(bytes: Buffer): JsonObject;
}

const rules = { maxDepth: 32, maxValues: MAX_JUDGED_VALUES };
const BYTE_ORDER_MARK = Buffer.from("\uFEFF");

export const jsonObjectReader = (): JsonObjectReader => {
  let scanner: JsonScanner | undefined;
  const feed = (bytes: Buffer, end: number): void => {
    if (end < BYTE_ORDER_MARK.length) return;
    scanner ??= new JsonScanner(rules, startOf(bytes));
    refusingFaults(() => scanner?.feed(bytes, end));
  };
  return {
    feed,
    cost: (bytes) => parsingCost(bytes.length, scanner?.values ?? 0),
    finish: (bytes) => {
      if (bytes.length === 0) return { value: {}, errors: [] };
      const scanned = scanner ?? new JsonScanner(rules);
      refusingFaults(() => {
        scanned.feed(bytes, bytes.length);
        scanned.finish();
      });
      if (!scanned.isObject) throw new Failure("request-malformed", "The body must be a JSON object.");
      const value: Record<string, unknown> = JSON.parse(bytes.toString("utf8", startOf(bytes)));
      return { value, errors: scanned.errors };
    },
  };
};

/** Throws `request-malformed` unless the bytes are one JSON object. No bytes are an empty object. */
export const readJsonObject = (bytes: Buffer): JsonObject => {
  const reader = jsonObjectReader();
  reader.feed(bytes, bytes.length);
  return reader.finish(bytes);
};

const startOf = (bytes: Buffer): number =>
  BYTE_ORDER_MARK.equals(bytes.subarray(0, BYTE_ORDER_MARK.length)) ? BYTE_ORDER_MARK.length : 0;
