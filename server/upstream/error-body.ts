// OpenAI's error body: what of it may be shown to callers, and its JSON. Pure.
import type OpenAI from "openai";
import { redact } from "../observe/redact.ts";

/** Its message holds no keys, and no names of our organization and project. */
export interface OpenAiError extends Pick<OpenAI.ErrorObject, "code" | "message" | "param" | "type"> {
  status: number;
}

/** Reads the body of an error response. What is not OpenAI's JSON is not quoted, as it could hold anything. */
export const readErrorBody = (status: number, text: string): OpenAiError => toError(status, errorIn(text));

/** `error` is the member of that name in the parsed body. */
export const toError = (status: number, error: unknown): OpenAiError => {
  const { message, type, param, code } = (typeof error === "object" && error !== null ? error : {}) as Record<
    string,
    unknown
  >;
  return {
    status,
    message: typeof message === "string" ? redactMessage(message) : `OpenAI answered ${status}.`,
    type: wordOf(type) ?? (status >= 500 ? "server_error" : "invalid_request_error"),
    param: wordOf(param),
    code: wordOf(code),
  };
};

/** The error as OpenAI's clients read it. */
export const renderErrorBody = ({ message, type, param, code }: OpenAiError): Uint8Array =>
  Buffer.from(JSON.stringify({ error: { message, type, param, code } }));

const errorIn = (text: string): unknown => {
  try {
    return JSON.parse(text)?.error;
  } catch {
    return undefined;
  }
};

const MAX_WORD_LENGTH = 200;

const wordOf = (value: unknown): string | null => {
  if (typeof value === "number") return String(value);
  return typeof value === "string" ? value.slice(0, MAX_WORD_LENGTH) : null;
};

const redactMessage = (message: string): string =>
  redact(message)
    .replaceAll(/\b(?:org|proj|user)[-_][\w-]{6,}/g, "[redacted]")
    // Older organizations have names in place of ids: "Rate limit reached for gpt-4o in organization acme on …".
    .replaceAll(/\b(organization|project) \S{1,200} on\b/g, "$1 [redacted] on");
