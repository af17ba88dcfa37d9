// How many prompts the older completions are given at once: a text, or a list of tokens, is one; a list of those is several. Pure.

/** OpenAI takes no more inputs in one list. */
const MOST_PROMPTS = 2048;
/** Of the list, so that a long one does not hold the event loop up. One that goes on has as many as there may be. */
const MOST_BYTES = 1024 * 1024;

const [QUOTE, BACKSLASH, OPEN_ARRAY, CLOSE_ARRAY] = [0x22, 0x5c, 0x5b, 0x5d];

/** Of valid JSON in which the prompt's value begins at `start`. */
export const promptsAt = (bytes: Buffer, start: number): number => {
  if (bytes[start] !== OPEN_ARRAY) return 1;
  let prompts = 0;
  let depth = 0;
  let isInText = false;
  const end = Math.min(bytes.length, start + MOST_BYTES);
  for (let at = start; at < end; at += 1) {
    const byte = bytes[at];
    if (isInText) {
      if (byte === BACKSLASH) at += 1;
      else if (byte === QUOTE) isInText = false;
    } else if (byte === QUOTE || byte === OPEN_ARRAY) {
      if (depth === 1) prompts += 1;
      if (byte === QUOTE) isInText = true;
      else depth += 1;
    } else if (byte === CLOSE_ARRAY) {
      depth -= 1;
      if (depth === 0) return Math.min(Math.max(1, prompts), MOST_PROMPTS);
    }
  }
  return prompts === 0 ? 1 : MOST_PROMPTS;
};
