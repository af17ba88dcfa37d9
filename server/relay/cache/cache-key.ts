// The cache key: which requests may be answered from the cache, and which two of them are the same. Pure.
import { hash } from "node:crypto";
import { Failure } from "../../failures/failure.ts";
import { MAX_RELAYED_DEPTH } from "../../json/limits.ts";
import type { JsonRecord } from "../../json/record.ts";
import type { Fields } from "../../upstream/relay.ts";

export interface CacheDirectives {
  /** The response is neither taken from the cache nor stored. */
  noStore: boolean;
  /** OpenAI is asked, and its response stored. */
  noCache: boolean;
}

/** What the caller's `cache-control` says. */
export const cacheDirectives = (headers: Fields): CacheDirectives => {
  const text = String(headers["cache-control"] ?? "");
  return { noStore: /\bno-store\b/i.test(text), noCache: /\bno-cache\b/i.test(text) };
};

/** Fields of a body that name the end user, and change nothing in the answer. */
const userFields = new Set(["prompt_cache_key", "safety_identifier", "user"]);

/** Header fields that OpenAI gets and may answer differently to: they are part of the key. */
export const varyingHeaders: readonly string[] = ["accept", "content-type", "openai-beta"];

/** Header fields that make a request the caller's own: conditions, ranges and idempotency keys. */
export const ownHeaders: readonly string[] = [
  "idempotency-key",
  "if-match",
  "if-modified-since",
  "if-none-match",
  "if-range",
  "if-unmodified-since",
  "range",
];

export interface KeyedRequest {
  method: string;
  path: string;
  query: string;
  headers: Fields;
  body: unknown;
}

/**
 * A hash of the canonical JSON of the body, the path, the query, the varying header fields, and the scope: the rule's name, so
 * that rules never share responses. Undefined where the answer may differ each time, or must be the caller's own. Throws
 * `request-malformed`.
 */
export const cacheKeyOf = (
  scope: string,
  { method, path, query, headers, body }: KeyedRequest,
): string | undefined => {
  if (!isDeterministic(method, path, body)) return undefined;
  if (ownHeaders.some((name) => headers[name] !== undefined)) return undefined;
  const asked = Object.fromEntries(Object.entries(body).filter(([name]) => !userFields.has(name)));
  const varying = varyingHeaders.map((name) => headers[name] ?? null);
  const same = canonicalOf(asked);
  return same && hash("sha256", JSON.stringify([scope, path, query, varying, same]), "base64url");
};

/** Embeddings, and chats at temperature 0 that are not stored at OpenAI and search nothing. */
const isDeterministic = (method: string, path: string, body: unknown): body is JsonRecord => {
  if (method !== "POST" || typeof body !== "object" || body === null) return false;
  if (path === "/v1/embeddings") return true;
  if (path !== "/v1/chat/completions") return false;
  const { temperature, store, web_search_options: search } = body as JsonRecord;
  return temperature === 0 && store !== true && search === undefined;
};

/** Bodies with more values have no key: sorting their fields would hold the event loop up for too long. */
const MAX_VALUES = 100_000;

// Fields in order of their names. Objects stay objects: a list of names and values must not have the same key as an object.
const canonicalOf = (body: JsonRecord): JsonRecord | undefined => {
  let valuesLeft = MAX_VALUES;
  const canonical = (value: unknown, depth: number): unknown => {
    valuesLeft -= 1;
    if (depth > MAX_RELAYED_DEPTH) {
      throw new Failure("request-malformed", `The body nests more than ${MAX_RELAYED_DEPTH} deep.`);
    }
    if (value === Number.POSITIVE_INFINITY || value === Number.NEGATIVE_INFINITY) {
      throw new Failure("request-malformed", "The body has a number that is too large.");
    }
    if (typeof value !== "object" || value === null || valuesLeft < 0) return value;
    if (Object.keys(value).length > valuesLeft) valuesLeft = -1;
    if (valuesLeft < 0) return undefined;
    if (Array.isArray(value)) return value.map((each) => canonical(each, depth + 1));
    const entries = Object.entries(value).toSorted(([a], [b]) => (a < b ? -1 : 1));
    return Object.fromEntries(entries.map(([name, inner]) => [name, canonical(inner, depth + 1)]));
  };
  const same = canonical(body, 0);
  return valuesLeft < 0 ? undefined : (same as JsonRecord);
};
