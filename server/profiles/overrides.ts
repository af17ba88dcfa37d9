// Which session fields a caller may set, and setting them.
import { isDeepStrictEqual } from "node:util";
import { z } from "zod";
import type { InputError } from "../failures/failure.ts";
import { jsonPointer } from "../json/pointer.ts";
import { isJsonRecord, type JsonRecord } from "../json/record.ts";
import { realtimeSession, type Session, transcriptionSession } from "./session.ts";
import { liveSession } from "./session-live.ts";

const schemas = { live: liveSession, realtime: realtimeSession, transcription: transcriptionSession };

// The type is the profile's nature; what the model may call is decided by the profile's own list, and what the page of a GPT-Live
// session may send by its `client`.
const fixed = new Set(["type", "tools", "tool_choice", "client", "delegation", "triggers"]);

/** The dotted paths of a session type that `overrides` may list. */
export const overridePaths = (type: Session["type"]): Set<string> => {
  const paths = objectPaths(schemas[type], "");
  return new Set(paths.filter((path) => !fixed.has(path.split(".", 1)[0] ?? "")));
};

const objectPaths = (schema: z.ZodObject, prefix: string): string[] =>
  Object.entries(schema.shape).flatMap(([name, field]) => {
    let inner: unknown = field;
    while (inner instanceof z.ZodExactOptional || inner instanceof z.ZodNullable) inner = inner.unwrap();
    const path = prefix + name;
    return inner instanceof z.ZodObject ? [path, ...objectPaths(inner, `${path}.`)] : [path];
  });

// Fields of the answer: OpenAI's clients send them back. With the profile's own value they change nothing, and are accepted. GPT-Live's
// clients send the whole session, of which the page is shown all in any case.
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
  const isLive = session.type === "live";
  const mayHold = (path: string): boolean =>
    isLive
      ? isJsonRecord(get(session, path)) || allowed.some((other) => other.startsWith(`${path}.`))
      : [...allowed, ...echoed].some((other) => other.startsWith(`${path}.`));
  const walk = (part: JsonRecord, prefix: string) => {
    for (const [name, value] of Object.entries(part)) {
      const path = prefix + name;
      if (allowed.includes(path)) set(result, path.split("."), value);
      else if ((isLive || echoed.includes(path)) && isDeepStrictEqual(value, get(session, path))) continue;
      else if (isJsonRecord(value) && mayHold(path)) walk(value, `${path}.`);
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
