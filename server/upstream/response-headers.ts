// Header fields of OpenAI's responses: those that reach callers (the allow-list), and those that the service reads. Pure.
import type { Fields } from "./relay.ts";

const allowed = new Set([
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
  // Not all of `openai-*`: others name our organization and project.
  "openai-model",
  "openai-processing-ms",
  "openai-version",
  // For the retries of OpenAI's clients.
  "retry-after",
  "retry-after-ms",
  "x-request-id",
  "x-should-retry",
]);

/** Whether the body is a stream of server-sent events. A media type may be written in capitals. */
export const isEventStream = (headers: Readonly<Record<string, string>>): boolean =>
  /^text\/event-stream\b/i.test(headers["content-type"] ?? "");

export const allowedResponseHeaders = (fields: Fields): Record<string, string> => {
  const kept: Record<string, string> = {};
  for (const name in fields) {
    const value = fields[name];
    if (typeof value === "string" && allowed.has(name)) kept[name] = value;
  }
  // Or nginx would buffer events, and the caller would see none for minutes.
  if (isEventStream(kept)) kept["x-accel-buffering"] = "no";
  return kept;
};

/** OpenAI's `x-request-id`, for the log. */
export const requestIdIn = (headers: Fields): string | undefined => {
  const id = headers["x-request-id"];
  return typeof id === "string" ? id : undefined;
};
