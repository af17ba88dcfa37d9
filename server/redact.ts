// Removes what looks like a credential from text that is about to be logged.

const credentials = [
  /\b(?:sk|ek|pk|rk|rkb)[-_][\w*.-]{4,}/g,
  // Glued to a word, only what is long and has a digit: a task-force is no key.
  /(?:sk|ek)[-_](?=[\w-]*\d)[\w*.-]{12,}/g,
  /\beyJ[\w-]+\.[\w-]+(?:\.[\w-]*)?/g,
  // OpenAI's 401 quotes the key it got, whatever it looked like.
  /(?<=key provided:?\s*)[^\s:]\S*/gi,
  /(?<=\bBearer\s+)\S+/gi,
];

/** The text with every key, token or fragment of one replaced, at most 500 characters. */
export const redact = (text: string): string =>
  credentials.reduce((left, pattern) => left.replaceAll(pattern, "[redacted]"), text).slice(0, 500);

/** A path as it may be logged: somebody may have put a token where a name belongs. Tokens have 16 characters and more. */
export const redactPath = (path: string): string =>
  redact(path.replaceAll(/[^/]{16,}/g, (segment) => (/\d/.test(segment) ? "[redacted]" : segment)));

/** The stack of an error as it may be logged. */
export const redactStack = (stack: string): string => redact(stack);
