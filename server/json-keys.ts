// Finds the keys of a JSON text that JSON.parse would let pass silently: it keeps the last of repeated ones, and another
// reader may have checked the first.
import type { InputError } from "./failure.ts";
import { jsonPointer } from "./json-pointer.ts";

export const MAX_DEPTH = 32;

interface Level {
  keys: Set<string> | undefined;
  at: string | number;
}

/**
 * Repeated keys, and keys that reach for the prototype, each with its pointer; undefined for what nests too deep. The
 * text must be valid JSON, so tokens are enough.
 */
export const findKeyErrors = (text: string): InputError[] | undefined => {
  const errors: InputError[] = [];
  const levels: Level[] = [];
  let expectsKey = false;
  for (const [token] of text.matchAll(/"(?:[^"\\]|\\.)*"|[{}[\],]/g)) {
    const level = levels.at(-1);
    if (token === "{" || token === "[") {
      levels.push(token === "{" ? { keys: new Set(), at: "" } : { keys: undefined, at: 0 });
      if (levels.length > MAX_DEPTH) return undefined;
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
