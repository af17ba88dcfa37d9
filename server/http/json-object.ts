// Reads a JSON object from bytes, and refuses what JSON.parse would let pass silently.
import { Failure, type InputError } from "../failure.ts";
import { findKeyErrors, MAX_DEPTH } from "../json-keys.ts";
import { jsonPointer } from "../json-pointer.ts";

export interface JsonObject {
  value: Record<string, unknown>;
  /** Repeated keys, keys that reach for the prototype, and text that was not UTF-8, each with its pointer. */
  errors: InputError[];
}

/** Throws `request-malformed` unless the bytes are one JSON object. No bytes are an empty object. */
export const readJsonObject = (bytes: Uint8Array): JsonObject => {
  if (bytes.length === 0) return { value: {}, errors: [] };
  const { text, valid } = decode(bytes);
  const value = parse(text);
  const errors = findKeyErrors(text);
  if (!errors) throw new Failure("request-malformed", `The body nests more than ${MAX_DEPTH} deep.`);
  if (!valid) {
    const broken = Object.keys(value).filter((key) =>
      `${key}${JSON.stringify(value[key])}`.includes("\uFFFD"),
    );
    errors.push(...broken.map((key) => ({ pointer: jsonPointer([key]), detail: "is not valid UTF-8" })));
  }
  return { value, errors };
};

const decode = (bytes: Uint8Array): { text: string; valid: boolean } => {
  try {
    return { text: new TextDecoder("utf-8", { fatal: true }).decode(bytes), valid: true };
  } catch {
    return { text: new TextDecoder().decode(bytes), valid: false };
  }
};

const parse = (text: string): Record<string, unknown> => {
  let value: unknown;
  try {
    value = JSON.parse(text);
  } catch (cause) {
    throw new Failure("request-malformed", "The body is not JSON.", { cause });
  }
  if (typeof value !== "object" || value === null || Array.isArray(value)) {
    throw new Failure("request-malformed", "The body must be a JSON object.");
  }
  return value as Record<string, unknown>;
};
