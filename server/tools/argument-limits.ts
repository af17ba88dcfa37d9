// Limits that hold for every argument of every tool, whatever its schema says.
import type { InputError } from "../failure.ts";
import { jsonPointer } from "../json-pointer.ts";

const MAX_TEXT = 65_536;
const MAX_DEPTH = 32;

/** Names each text over 64 Ki characters, each number that JavaScript cannot hold exactly, each forbidden name. */
export const findExcesses = (value: unknown, path: readonly PropertyKey[] = []): InputError[] => {
  const blame = (detail: string): InputError[] => [{ pointer: jsonPointer(path), detail }];
  if (path.length > MAX_DEPTH) return blame(`nests more than ${MAX_DEPTH} deep`);
  if (typeof value === "string" && value.length > MAX_TEXT) {
    return blame(`is longer than ${MAX_TEXT} characters`);
  }
  if (typeof value === "number" && !(Math.abs(value) <= Number.MAX_SAFE_INTEGER)) {
    return blame("is too large a number");
  }
  if (typeof value !== "object" || value === null) return [];
  return Object.entries(value).flatMap(([name, part]) => {
    const at = [...path, Array.isArray(value) ? Number(name) : name];
    if (name === "__proto__") return [{ pointer: jsonPointer(at), detail: "is not an allowed name" }];
    return findExcesses(part, at);
  });
};
