// Values from callers and from OpenAI as the ledger keeps them: short texts that every database and terminal takes, and numbers. Pure.

const plain = /^[\x20-\x7e]*$/;
// Postgres takes neither NUL nor halves of characters; the others would move a terminal's cursor or turn its writing around.
const unsafe = /[\p{Cc}\p{Cs}\p{Zl}\p{Zp}\u202a-\u202e\u2066-\u2069]/gu;

/** At most `max` characters. */
export const cleanText = (value: string, max: number): string => {
  const short = value.length > max ? value.slice(0, max) : value;
  return plain.test(short) ? short : short.replaceAll(unsafe, "\ufffd");
};

/** A text of several lines, with its tabs. */
export const cleanLines = (value: string): string =>
  value.replaceAll("\r\n", "\n").replaceAll(unsafe, (found) => (/^[\t\n]$/.test(found) ? found : "\ufffd"));

/** Empty where it is no text. */
export const text = (value: unknown, max: number): string =>
  typeof value === "string" ? cleanText(value, max) : "";

/** Undefined where it is no text, or an empty one. */
export const optionalText = (value: unknown, max: number): string | undefined =>
  typeof value === "string" && value !== "" ? cleanText(value, max) : undefined;

export const list = <Item>(values: unknown, max: number, read: (value: unknown) => Item): Item[] =>
  Array.isArray(values) ? values.slice(0, max).map(read) : [];

/** Larger is no count of a single request: sums of them must stay exact. */
const MAX_QUANTITY = 1e13;

/** A whole number from zero on. */
export const quantity = (value: unknown): number =>
  typeof value === "number" && value > 0 ? Math.min(Math.round(value), MAX_QUANTITY) : 0;
