// What of a session may not be changed without leave, and whether it was. Pure.
import { isDeepStrictEqual } from "node:util";
import { isJsonRecord, type JsonRecord } from "../../json/record.ts";

/** What the model is told to be and to do, what it may call, and how much it may say. */
const watchedPaths = [
  ...["instructions", "prompt", "tools", "tool_choice", "max_output_tokens", "output_modalities"],
  "audio.input.transcription",
] as const;

/** Of one response; what it does not show is not known. */
const responseFields = ["instructions", "tools", "tool_choice", "max_output_tokens", "output_modalities"];

export type Watched = Record<string, unknown>;

/** The watched parts of a session, by their paths; those that it does not have are left out. */
export const watchedOf = (session: JsonRecord): Watched => {
  const found: Watched = {};
  for (const path of watchedPaths) {
    const value = at(session, path);
    if (value !== undefined) found[path] = value;
  }
  return found;
};

/** An update of the session that has these parts. */
export const updateOf = (watched: Watched): JsonRecord => {
  const { "audio.input.transcription": transcription, ...others } = watched;
  const audio = transcription === undefined ? {} : { audio: { input: { transcription } } };
  return { type: "realtime", ...others, ...audio };
};

/** What is expected after a change, of which the paths in `allowed` are the page's to change. */
export const withAllowed = (expected: Watched, now: Watched, allowed: readonly string[]): Watched => {
  const result = { ...expected };
  for (const path of watchedPaths) {
    if (allowed.some((each) => path === each || path.startsWith(`${each}.`))) result[path] = now[path];
    for (const each of allowed) {
      if (!each.startsWith(`${path}.`)) continue;
      result[path] = withPart(result[path], now[path], each.slice(path.length + 1).split("."));
    }
  }
  return result;
};

/** Whether a part is not as expected. Parts that are not expected to be anything are not compared. */
export const isAltered = (expected: Watched, now: Watched): boolean =>
  Object.entries(expected).some(([path, value]) => !isDeepStrictEqual(value ?? null, now[path] ?? null));

/** Whether a response is given what the session does not have, as far as it shows. */
export const isOverridden = (expected: Watched, response: JsonRecord): boolean =>
  // An answer outside of the conversation, to what the page gives it.
  response.conversation_id === null ||
  responseFields.some((field) => {
    const value = response[field];
    return (
      value !== undefined && value !== null && field in expected && !isDeepStrictEqual(value, expected[field])
    );
  });

/**
 * Whether a session, as OpenAI shows it, can be the given one. OpenAI writes some things in its own way and adds its defaults, so only
 * what it leaves as it is can be compared: the instructions and the names of tools.
 */
export const resembles = (given: Watched, shown: Watched): boolean => {
  const { instructions, tools } = given;
  if (typeof instructions === "string" && String(shown.instructions ?? "").trim() !== instructions.trim())
    return false;
  return tools === undefined || isDeepStrictEqual(namesOf(tools), namesOf(shown.tools));
};

const namesOf = (tools: unknown): unknown[] =>
  Array.isArray(tools) ? tools.map((tool) => tool?.name ?? tool?.server_label) : [];

const at = (session: unknown, path: string): unknown =>
  path.split(".").reduce<unknown>((part, name) => (isJsonRecord(part) ? part[name] : undefined), session);

const withPart = (whole: unknown, now: unknown, [name = "", ...rest]: string[]): unknown => {
  if (!isJsonRecord(whole) || !isJsonRecord(now)) return whole;
  return { ...whole, [name]: rest.length === 0 ? now[name] : withPart(whole[name], now[name], rest) };
};
