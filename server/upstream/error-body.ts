// OpenAI's own words of an error: what of them may be told, and in which shape. Pure.
import { redact } from "../observe/redact.ts";

export interface Refusal {
  status: number;
  /** Without keys, and without the names of our organization and project. */
  message: string;
  type: string;
  param: string | null;
  code: string | null;
}

/** Reads the body of a refusal; what is not OpenAI's JSON is not quoted, as it could hold anything. */
export const readRefusal = (status: number, text: string): Refusal => {
  const error = errorIn(text);
  const type = status >= 500 ? "server_error" : "invalid_request_error";
  return {
    status,
    message: typeof error.message === "string" ? anonymous(error.message) : `OpenAI answered ${status}.`,
    type: wordOf(error.type) ?? type,
    param: wordOf(error.param),
    code: wordOf(error.code),
  };
};

/** The refusal as OpenAI's clients read it. */
export const refusalBody = ({ message, type, param, code }: Refusal): Uint8Array =>
  Buffer.from(JSON.stringify({ error: { message, type, param, code } }));

const errorIn = (text: string): Record<string, unknown> => {
  try {
    const { error } = JSON.parse(text);
    return typeof error === "object" && error !== null ? error : {};
  } catch {
    return {};
  }
};

const wordOf = (value: unknown): string | null => {
  if (typeof value === "number") return String(value);
  return typeof value === "string" ? value.slice(0, 200) : null;
};

/** What is longer is cut, before it is searched for names. */
const LONGEST_MESSAGE = 4000;

const anonymous = (message: string): string =>
  redact(message.slice(0, LONGEST_MESSAGE))
    .replaceAll(/\b(?:org|proj|user)[-_][\w-]{6,}/g, "[redacted]")
    // Older organizations have names in place of ids: "Rate limit reached for gpt-4o in organization acme on …".
    .replaceAll(/\b(organization|project) \S{1,200} on\b/g, "$1 [redacted] on");
