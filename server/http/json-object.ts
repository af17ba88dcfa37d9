// Reads a JSON object from bytes, and refuses what JSON.parse would let pass silently.
import { Failure, type InputError } from "../failure.ts";
import { jsonPointer } from "../json-pointer.ts";

const MAX_DEPTH = 32;

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

interface Level {
  keys: Set<string> | undefined;
  at: string | number;
}

// JSON.parse keeps the last of repeated keys; another reader may have checked the first. The text is known to be
// valid JSON here, so tokens are enough.
const findKeyErrors = (text: string): InputError[] => {
  const errors: InputError[] = [];
  const levels: Level[] = [];
  let expectsKey = false;
  for (const [token] of text.matchAll(/"(?:[^"\\]|\\.)*"|[{}[\],]/g)) {
    const level = levels.at(-1);
    if (token === "{" || token === "[") {
      levels.push(token === "{" ? { keys: new Set(), at: "" } : { keys: undefined, at: 0 });
      if (levels.length > MAX_DEPTH)
        throw new Failure("request-malformed", `The body nests more than ${MAX_DEPTH} deep.`);
      expectsKey = token === "{";
    } else if (token === "}" || token === "]") {
      levels.pop();
      expectsKey = false;
    } else if (token === ",") {
      expectsKey = level?.keys !== undefined;
      if (level && typeof level.at === "number") level.at += 1;
    } else if (expectsKey && level?.keys) {
      level.at = JSON.parse(token);
      const detail = keyFault(String(level.at), level.keys);
      if (detail) errors.push({ pointer: jsonPointer(levels.map(({ at }) => at)), detail });
      level.keys.add(String(level.at));
      expectsKey = false;
    }
  }
  return errors;
};

const keyFault = (key: string, seen: ReadonlySet<string>): string | undefined => {
  if (key === "__proto__") return "is not an allowed name";
  return seen.has(key) ? "is given more than once" : undefined;
};
