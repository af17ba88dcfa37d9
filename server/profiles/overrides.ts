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

// Each caller is told these in the answer, so saying them again tells nothing and changes nothing. OpenAI's clients do.
const told = ["type", "model", "output_modalities", "audio.output.voice", "audio.input.transcription.model"];

/**
 * Lays the wish over the session: what stands at an allowed path is replaced whole. Everything else in the wish is
 * an error that names it. The result is not yet validated.
 */
export const applyOverrides = (
  session: Session,
  wish: JsonRecord,
  allowed: readonly string[],
): { session: JsonRecord; errors: InputError[] } => {
  const result: JsonRecord = structuredClone({ ...session });
  const errors: InputError[] = [];
  const walk = (part: JsonRecord, prefix: string) => {
    for (const [name, value] of Object.entries(part)) {
      const path = prefix + name;
      if (allowed.includes(path)) set(result, path.split("."), value);
      else if (isJsonRecord(value) && [...allowed, ...told].some((other) => other.startsWith(`${path}.`)))
        walk(value, `${path}.`);
      else if (told.includes(path) && isDeepStrictEqual(value, get(session, path))) continue;
      else
        errors.push({
          pointer: jsonPointer(["session", ...path.split(".")]),
          detail: "this profile does not let you set it",
        });
    }
  };
  walk(wish, "");
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
