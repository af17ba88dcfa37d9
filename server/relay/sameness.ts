// Which requests would be answered the same again, and when two of them are one. Pure.
import { createHash } from "node:crypto";
import { Failure } from "../failure.ts";

type Json = Record<string, unknown>;

/** What names the end user, and changes nothing in the answer. */
const whose = new Set(["prompt_cache_key", "safety_identifier", "user"]);

/** Chats at temperature 0 that leave no trace and look nothing up, and embeddings. */
export const isDeterministic = (method: string, path: string, body: unknown): body is Json => {
  if (method !== "POST" || typeof body !== "object" || body === null) return false;
  if (path === "/v1/embeddings") return true;
  if (path !== "/v1/chat/completions") return false;
  const { temperature, store, web_search_options: search } = body as Json;
  return temperature === 0 && store !== true && search === undefined;
};

/** One key for bodies that mean the same, however they are written; another for each scope. Throws `request-malformed`. */
export const keyOf = (scope: string, path: string, query: string, body: Json): string => {
  const asked = Object.fromEntries(Object.entries(body).filter(([name]) => !whose.has(name)));
  return createHash("sha256")
    .update(JSON.stringify([scope, path, query, canonical(asked)]))
    .digest("base64url");
};

const MAX_DEPTH = 64;

const canonical = (value: unknown, depth = 0): unknown => {
  if (depth > MAX_DEPTH) {
    throw new Failure("request-malformed", `The body nests more than ${MAX_DEPTH} deep.`);
  }
  if (Array.isArray(value)) return value.map((each) => canonical(each, depth + 1));
  if (typeof value !== "object" || value === null) return value;
  const entries = Object.entries(value).toSorted(([a], [b]) => (a < b ? -1 : 1));
  return entries.map(([name, inner]) => [name, canonical(inner, depth + 1)]);
};
