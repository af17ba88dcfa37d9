// Removes what looks like a credential from text that is about to be logged.

const REDACTED = "[redacted]";

// Each pattern takes time in proportion to the text: it consumes what it has looked at, and a function decides what of it goes.
const removals: ((text: string) => string)[] = [
  (text) => text.replaceAll(/\b(?:sk|ek|pk|rk|rkb)[-_][\w*.-]{4,}/g, REDACTED),
  // Glued to a word, only what is long and has a digit: a task-force is no key.
  (text) => text.replaceAll(/(?:sk|ek)[-_][\w*.-]{12,}/g, (found) => (/\d/.test(found) ? REDACTED : found)),
  // A JWT, but no word that begins as one does: it has a dot.
  (text) => text.replaceAll(/\beyJ[\w-]+(\.[\w-]+)?(?:\.[\w-]*)?/g, (found, dot) => (dot ? REDACTED : found)),
  (text) => text.replaceAll(/(\bBearer\s+)\S+/gi, `$1${REDACTED}`),
  // OpenAI's 401 quotes the key it got, whatever it looked like.
  (text) => text.replaceAll(/(key provided:?\s*)[^\s:]\S*/gi, `$1${REDACTED}`),
];

/** What is read of a text, in characters. What stands behind would hardly be logged. */
const MAX_READ = 8192;
/** A credential of which the rest was not read may go unrecognised, if so little of it was. */
const UNSURE = 64;

/** The text with every key, token or fragment of one replaced, at most `maxLength` characters. */
export const redact = (text: string, maxLength = 500): string => {
  const read = removals.reduce((left, remove) => remove(left), text.slice(0, MAX_READ));
  const sure = text.length > MAX_READ ? read.slice(0, -UNSURE) : read;
  return sure.slice(0, maxLength);
};

/** The stack of an error as it may be logged: long enough to show where it was thrown. */
export const redactStack = (stack: string): string => redact(stack, 4000);

/** A path fit for the log. A caller may have put a token where a name belongs; tokens have 16 characters and more. */
export const redactPath = (path: string): string =>
  redact(
    path.slice(0, MAX_READ).replaceAll(/[^/]{16,}/g, (segment) => (/\d/.test(segment) ? REDACTED : segment)),
  );
