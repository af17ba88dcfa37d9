// Which session fields a caller may set, and setting them.
import { isDeepStrictEqual } from "node:util";
import { z } from "zod";
import type { InputError } from "../failures/failure.ts";
import { jsonPointer } from "../json/pointer.ts";
import { isJsonRecord, type JsonRecord } from "../json/record.ts";
import { realtimeSession, type Session, transcriptionSession } from "./session.ts";

// The type is the profile's nature; what the model may call is decided by the profile's own list.
const fixed = new Set(["type", "tools", "tool_choice"]);

/** The dotted paths of a session type that `overrides` may list. */
export const overridePaths = (type: Session["type"]): Set<string> => {
  const paths = objectPaths(type === "realtime" ? realtimeSession : transcriptionSession, "");
  return new Set(paths.filter((path) => !fixed.has(path)));
};

const objectPaths = (schema: z.ZodObject, prefix: string): string[] =>
  Object.entries(schema.shape).flatMap(([name, field]) => {
    let inner: unknown = field;
    while (inner instanceof z.ZodExactOptional || inner instanceof z.ZodNullable) inner = inner.unwrap();
    const path = prefix + name;
    return inner instanceof z.ZodObject ? [path, ...objectPaths(inner, `${path}.`)] : [path];
  });

// Fields of the answer: OpenAI's clients send them back. With the profile's own value they change nothing, and are accepted.
const echoed = [
  "type",
  "model",
  "output_modalities",
  "audio.output.voice",
  "audio.input.transcription.model",
];

/**
 * Merges the caller's overrides into the session: a value at an allowed path is replaced as a whole. Each other field is
 * an error that names it. The result is not yet validated.
 */
export const applyOverrides = (
  session: Session,
  overrides: JsonRecord,
  allowed: readonly string[],
): { session: JsonRecord; errors: InputError[] } => {
  const result: JsonRecord = structuredClone({ ...session });
  const errors: InputError[] = [];
  const walk = (part: JsonRecord, prefix: string) => {
    for (const [name, value] of Object.entries(part)) {
      const path = prefix + name;
      if (allowed.includes(path)) set(result, path.split("."), value);
      else if (isJsonRecord(value) && [...allowed, ...echoed].some((other) => other.startsWith(`${path}.`)))
        walk(value, `${path}.`);
      else if (echoed.includes(path) && isDeepStrictEqual(value, get(session, path))) continue;
      else
        errors.push({
          pointer: jsonPointer(["session", ...path.split(".")]),
          detail: "this profile does not let you set it",
        });
    }
  };
  walk(overrides, "");
  return { session: result, errors };
};

const get = (session: JsonRecord, path: string): unknown =>
  path.split(".").reduce<unknown>((part, name) => (isJsonRecord(part) ? part[name] : undefined), session);

const set = (target: JsonRecord, [head = "", ...rest]: string[], value: unknown): void => {
  if (rest.length === 0) {
    target[head] = value;
    return;
  }
  const next = isJsonRecord(target[head]) ? target[head] : {};
  target[head] = next;
  set(next, rest, value);
};
