// What the model learns when the API behind a tool refuses a request: the status and the API's own words.
import type { Answer } from "./tool.ts";

/** A refusal as it came, its body cut to what a model needs. */
export interface ApiRefusal {
  status: number;
  contentType: string;
  text: string;
}

/**
 * The tool's answer in place of a failure, where the API refused in words that the model can act on. Undefined for a failure of the
 * API (5xx, a redirect), for a refusal of the operator's own credentials (401, 407), and for one without words: an
 * empty body, or a page for people, which is what a wrong address answers.
 */
export const refusalAnswer = ({ status, contentType, text }: ApiRefusal): Answer | undefined => {
  if (status < 400 || status > 499 || status === 401 || status === 407) return undefined;
  const isJson = /[/+]json\b/i.test(contentType);
  if (!isJson && contentType !== "" && !/^text\/plain\b/i.test(contentType)) return undefined;
  if (text.trim() === "") return undefined;
  return {
    error: `The API refused the request with status ${status}.`,
    status,
    answer: isJson ? jsonOrText(text) : text,
  };
};

// A body that was cut is no JSON any more, and its beginning says enough.
const jsonOrText = (text: string): unknown => {
  try {
    return JSON.parse(text);
  } catch {
    return text;
  }
};

/** The text without the values that were sent along, or parts of them: an API may quote the credential that it refuses. */
export const withoutQuoted = (text: string, sent: readonly string[]): string =>
  sent
    .flatMap((value) => [value, ...value.split(/[\s,;:="']+/)])
    .filter((part) => part.length >= MIN_SECRET_LENGTH)
    .toSorted((a, b) => b.length - a.length)
    .reduce((left, part) => left.replaceAll(part, "[redacted]"), text);

// Shorter parts are words, such as `Bearer`.
const MIN_SECRET_LENGTH = 8;
