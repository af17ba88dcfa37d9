// Which header fields of OpenAI's answers reach callers. What is not named here does not. Pure.
import type { Fields } from "./relay.ts";

const coming = new Set([
  "accept-ranges",
  "cache-control",
  "content-disposition",
  "content-encoding",
  "content-language",
  "content-length",
  "content-range",
  "content-type",
  "etag",
  "last-modified",
  "location",
  // Not all of `openai-*`: that would name our organization and project.
  "openai-model",
  "openai-processing-ms",
  "openai-version",
  // Whether and when OpenAI's clients ask again.
  "retry-after",
  "retry-after-ms",
  "x-request-id",
  "x-should-retry",
]);

/** What comes back to the caller: the answer's nature, OpenAI's request id, and how OpenAI made it. */
export const allowedResponseHeaders = (fields: Fields): Record<string, string> => {
  const kept: Record<string, string> = {};
  for (const name in fields) {
    const value = fields[name];
    if (typeof value === "string" && coming.has(name)) kept[name] = value;
  }
  // A proxy that gathers events until it has enough would show nothing for minutes.
  if (kept["content-type"]?.startsWith("text/event-stream")) kept["x-accel-buffering"] = "no";
  return kept;
};
