// Limits that hold for every argument of every tool, whatever its schema says.
import { type InputError, MAX_ERRORS } from "../failures/failure.ts";
import { jsonPointer } from "../json/pointer.ts";

const MAX_TEXT = 65_536;

/**
 * Names each text over 64 Ki characters and each number that JavaScript cannot hold exactly, up to so many as are told. How
 * deep a value nests, and how many parts it has, was limited when it was read.
 */
export const findExcesses = (value: unknown): InputError[] => {
  const errors: InputError[] = [];
  const path: PropertyKey[] = [];
  const look = (part: unknown): void => {
    const detail = excessOf(part);
    if (detail) errors.push({ pointer: jsonPointer(path), detail });
    if (typeof part !== "object" || part === null) return;
    const isArray = Array.isArray(part);
    for (const [name, inner] of Object.entries(part)) {
      if (errors.length === MAX_ERRORS) return;
      path.push(isArray ? Number(name) : name);
      look(inner);
      path.pop();
    }
  };
  look(value);
  return errors;
};

const excessOf = (value: unknown): string | undefined => {
  if (typeof value === "string" && value.length > MAX_TEXT) return `is longer than ${MAX_TEXT} characters`;
  if (typeof value === "number" && !(Math.abs(value) <= Number.MAX_SAFE_INTEGER))
    return "is too large a number";
  return undefined;
};
