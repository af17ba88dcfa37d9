// Divides texts into batches for OpenAI's moderation endpoint. Pure.

/** Characters. OpenAI's advice: it judges longer texts less reliably, and misses one harmful sentence among many. */
export const PIECE_LENGTH = 2000;
/** Characters that two pieces share, so that a sentence that is cut in one is whole in the next. */
export const OVERLAP = 200;
const BATCH_PIECES = 32;
/** The endpoint's models read 32,768 tokens; a token has at least one byte. */
const BATCH_BYTES = 32 * 1024;

/** The pieces of all texts, in lists for one request each. */
export const batchesOf = (texts: readonly string[]): string[][] => {
  const batches: string[][] = [];
  let batch: string[] = [];
  let bytes = 0;
  for (const piece of texts.flatMap(piecesOf)) {
    const size = Buffer.byteLength(piece);
    if (batch.length > 0 && (batch.length === BATCH_PIECES || bytes + size > BATCH_BYTES)) {
      batches.push(batch);
      batch = [];
      bytes = 0;
    }
    batch.push(piece);
    bytes += size;
  }
  if (batch.length > 0) batches.push(batch);
  return batches;
};

const piecesOf = (text: string): string[] => {
  // Half of a surrogate pair is not valid JSON for every reader.
  const whole = text.toWellFormed();
  const pieces: string[] = [];
  for (let start = 0; ; start += PIECE_LENGTH - OVERLAP) {
    const piece = whole.slice(wholeAt(whole, start), wholeAt(whole, start + PIECE_LENGTH));
    if (piece.trim() !== "") pieces.push(piece);
    if (start + PIECE_LENGTH >= whole.length) return pieces;
  }
};

// Never cuts between the two halves of a surrogate pair.
const wholeAt = (text: string, at: number): number => {
  const code = text.charCodeAt(at);
  return code >= 0xdc00 && code <= 0xdfff ? at - 1 : at;
};
