// The texts of a request that a model will read: what is said, what tools have answered, what they are said to be. Pure.
import { Failure } from "../failure.ts";

type Json = Record<string, unknown>;

/** The fields of each address in which such texts stand, somewhere. */
const read: Record<string, readonly string[]> = {
  "/v1/chat/completions": ["messages", "tools", "functions", "prediction", "response_format"],
  "/v1/responses": ["input", "instructions", "tools", "text"],
  "/v1/completions": ["prompt", "suffix"],
};

/** Names under which a text stands; what stands under others is an id, a kind, a setting or an image. */
const textual = new Set([
  ...["arguments", "content", "description", "input", "instructions", "output", "prompt", "suffix"],
  ...["refusal", "reasoning", "summary", "text", "thinking"],
]);

const MAX_DEPTH = 64;

/** Empty for requests that no model reads as a conversation. Throws `request-malformed` for what nests too deep. */
export const textsIn = (path: string, body: unknown): string[] => {
  const texts: string[] = [];
  const walk = (value: unknown, name: string, depth: number): void => {
    if (depth > MAX_DEPTH) {
      throw new Failure("request-malformed", `The body nests more than ${MAX_DEPTH} deep.`);
    }
    if (typeof value === "string" && textual.has(name)) texts.push(value);
    else if (Array.isArray(value)) for (const each of value) walk(each, name, depth + 1);
    else if (isObject(value)) for (const [inner, each] of Object.entries(value)) walk(each, inner, depth + 1);
  };
  if (isObject(body)) for (const field of read[path] ?? []) walk(body[field], field, 0);
  return texts;
};

const isObject = (value: unknown): value is Json => typeof value === "object" && value !== null;
