// Cuts texts into what OpenAI's moderation endpoint takes at once, and judges best. Pure.

/** OpenAI's advice: of longer texts it is less sure, and a harmful sentence is lost among many harmless ones. */
export const PIECE_LENGTH = 2000;
/** A sentence at the end of one piece is whole in the next. */
export const OVERLAP = 200;
const BATCH_PIECES = 32;
/** A token is a byte at least; the endpoint's models read 32,768 tokens. */
const BATCH_BYTES = 32 * 1024;

/** Lists of pieces, each for one request. All of every text is in them. */
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
  // Half of a character is not valid JSON to everybody.
  const whole = text.toWellFormed();
  const pieces: string[] = [];
  for (let start = 0; ; start += PIECE_LENGTH - OVERLAP) {
    const piece = whole.slice(wholeAt(whole, start), wholeAt(whole, start + PIECE_LENGTH));
    if (piece.trim() !== "") pieces.push(piece);
    if (start + PIECE_LENGTH >= whole.length) return pieces;
  }
};

// Between the two halves of a character is no place to cut.
const wholeAt = (text: string, at: number): number => {
  const code = text.charCodeAt(at);
  return code >= 0xdc00 && code <= 0xdfff ? at - 1 : at;
};
