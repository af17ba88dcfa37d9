// The beginning and the end of a text that comes in pieces, without what looks like a credential.
import { redactAll } from "../observe/redact.ts";
import { cleanLines } from "./clean.ts";

/** Of one text. What is longer loses its middle: instructions stand at the beginning, and the latest words at the end. */
export const MAX_CHARACTERS = 65_536;

const CUT_MARK = "\n[… cut …]\n";
const HALF = (MAX_CHARACTERS - CUT_MARK.length) / 2;
/** Bytes that hold enough characters for one half, whatever these are. */
const HALF_BYTES = HALF * 4;

export class Excerpt {
  #beginning = "";
  #end = "";
  #isCut = false;

  add(piece: string): void {
    const room = HALF - this.#beginning.length;
    if (room > 0) this.#beginning += piece.slice(0, room);
    if (piece.length <= room) return;
    this.#end += piece.slice(Math.max(0, room));
    if (this.#end.length > 2 * HALF) this.#dropMiddle();
  }

  /** UTF-8; of many bytes only those are read that may be kept. */
  addBytes(bytes: Buffer): void {
    const isLong = bytes.length > 2 * HALF_BYTES;
    this.add(bytes.toString("utf8", 0, isLong ? HALF_BYTES : bytes.length));
    if (!isLong) return;
    this.add(bytes.toString("utf8", bytes.length - HALF_BYTES));
    this.#dropMiddle();
  }

  /** More than comes was there. */
  markCut(): void {
    this.#isCut = true;
  }

  /** Some milliseconds at most. Empty where nothing came. */
  read(): { text: string; isCut: boolean } {
    if (this.#end.length > HALF) this.#dropMiddle();
    const [beginning, end, isCut] = [this.#beginning, this.#end, this.#isCut];
    const text = isCut
      ? withoutLastWord(safe(beginning)) + CUT_MARK + withoutFirstWords(safe(end))
      : safe(beginning + end);
    // A mark in place of a credential may be longer than that was.
    return { text: text.slice(0, MAX_CHARACTERS), isCut: isCut || text.length > MAX_CHARACTERS };
  }

  #dropMiddle(): void {
    this.#end = this.#end.slice(-HALF);
    this.#isCut = true;
  }
}

const safe = (text: string): string => cleanLines(redactAll(text));

// A part of a credential may not be recognised, so the words at a cut are left out. No credential has other characters than these.
const isOfWord = (text: string, at: number): boolean => /^[\w.~+/=*-]$/.test(text.charAt(at));

const withoutLastWord = (text: string): string => {
  let end = text.length;
  while (end > 0 && isOfWord(text, end - 1)) end -= 1;
  return text.slice(0, end);
};

// Two words: the first may be one by which a credential is recognised, such as Bearer.
const withoutFirstWords = (text: string): string => text.slice(afterWord(text, afterWord(text, 0)));

const MAX_BETWEEN = 8;

const afterWord = (text: string, start: number): number => {
  let at = start;
  while (at < text.length && isOfWord(text, at)) at += 1;
  // Not all of them: a text may have no such words.
  const last = at + MAX_BETWEEN;
  while (at < last && !isOfWord(text, at)) at += 1;
  return at;
};
