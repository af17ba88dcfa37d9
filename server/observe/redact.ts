// Removes strings that look like credentials from text that will be logged.

const REDACTED = "[redacted]";

// Each pattern runs in time linear in the text: it consumes what it has examined, and a function decides what is removed.
const removals: ((text: string) => string)[] = [
  (text) => text.replaceAll(/\b(?:sk|ek|pk|rk|rkb|vg)[-_][\w*.-]{4,}/g, REDACTED),
  // Behind a word character, only a long match with a digit: "task-force" is no key.
  (text) => text.replaceAll(/(?:sk|ek)[-_][\w*.-]{12,}/g, (found) => (/\d/.test(found) ? REDACTED : found)),
  // A JWT has a dot; a word that begins like one has none.
  (text) => text.replaceAll(/\beyJ[\w-]+(\.[\w-]+)?(?:\.[\w-]*)?/g, (found, dot) => (dot ? REDACTED : found)),
  (text) => text.replaceAll(/(\bBearer\s+)\S+/gi, `$1${REDACTED}`),
  // OpenAI's 401 quotes the key that was sent, in whatever form.
  (text) => text.replaceAll(/(key provided:?\s*)[^\s:]\S*/gi, `$1${REDACTED}`),
];

/** In each text that holds something to remove; most texts hold nothing. */
const suspicious = /(?:[sepr]k|rkb|vg)[-_]|eyJ|bearer|key provided/i;

/** Characters of a text that are examined; the rest is dropped. */
const MAX_READ = 8192;
/** Characters before the cut that are dropped too: a credential that is cut this short may not be recognised. */
const CUT_MARGIN = 64;

/** A text of any length with every key and token replaced. */
export const redactAll = (text: string): string =>
  suspicious.test(text) ? removals.reduce((left, remove) => remove(left), text) : text;

/** The text with every key, token or fragment of one replaced, cut to `maxLength` characters. */
export const redact = (text: string, maxLength = 500): string => {
  const read = redactAll(text.slice(0, MAX_READ));
  const safe = text.length > MAX_READ ? read.slice(0, -CUT_MARGIN) : read;
  return safe.slice(0, maxLength);
};

/** What a client sent in a header: printable characters, the rest as question marks. */
export const redactInput = (text: string, maxLength = 100): string =>
  redact(text.slice(0, MAX_READ).replaceAll(/[^\x20-\x7e]/g, "?"), maxLength);

/** A stack trace as it may be logged, long enough to show where the error was thrown. */
export const redactStack = (stack: string): string => redact(stack, 4000);

/** A path as it may be logged: it may hold a token in place of a name. Tokens have at least 16 characters. */
export const redactPath = (path: string): string =>
  redact(
    path.slice(0, MAX_READ).replaceAll(/[^/]{16,}/g, (segment) => (/\d/.test(segment) ? REDACTED : segment)),
  );
