// The position in a JSON text: the objects and arrays that are open, and the names that each object has had.
import { jsonPointer } from "./pointer.ts";

/** The names, and the numbers of elements, that lead to a value. */
export type JsonPath = readonly (string | number)[];

const MAX_POINTER = 256;

interface Level {
  isObject: boolean;
  /** The index of the current element, in an array. */
  index: number;
  names: ObjectNames;
  nameStart: number;
  nameEnd: number;
  isNameEscaped: boolean;
}

export class JsonLevels {
  depth = 0;
  isObject = false;
  /** The names of all open objects together. */
  openNames = 0;
  // The first `depth` levels are open; the others are kept to be used again.
  readonly #levels: Level[] = [];
  #top: Level | undefined;

  open(isObject: boolean): void {
    const level = this.#levels[this.depth] ?? this.#addLevel();
    level.isObject = isObject;
    level.index = 0;
    this.depth += 1;
    this.#enter(level);
  }

  close(): void {
    const names = this.#top?.names;
    this.openNames -= names?.count ?? 0;
    names?.clear();
    this.depth -= 1;
    this.#enter(this.#levels[this.depth - 1]);
  }

  nextElement(): void {
    if (this.#top) this.#top.index += 1;
  }

  /** Adds a name to the open object. False where the object has that name already. */
  addName(bytes: Buffer, start: number, end: number, isEscaped: boolean): boolean {
    const level = this.#top;
    if (!level) return true;
    level.nameStart = start;
    level.nameEnd = end;
    level.isNameEscaped = isEscaped;
    if (!level.names.add(bytes, start, end, isEscaped)) return false;
    this.openNames += 1;
    return true;
  }

  /** The names and indexes that lead to the current value. */
  path(bytes: Buffer): JsonPath {
    return this.#levels
      .slice(0, this.depth)
      .map(({ isObject, index, nameStart, nameEnd, isNameEscaped }) =>
        isObject ? nameBetween(bytes, nameStart, nameEnd, isNameEscaped) : index,
      );
  }

  /** The path as a JSON pointer, cut after 256 characters. */
  pointer(bytes: Buffer): string {
    const pointer = jsonPointer(this.path(bytes));
    return pointer.length <= MAX_POINTER ? pointer : `${pointer.slice(0, MAX_POINTER)}…`;
  }

  #enter(level: Level | undefined): void {
    this.#top = level;
    this.isObject = level?.isObject ?? false;
  }

  #addLevel(): Level {
    const level = {
      isObject: false,
      index: 0,
      names: new ObjectNames(),
      nameStart: 0,
      nameEnd: 0,
      isNameEscaped: false,
    };
    this.#levels.push(level);
    return level;
  }
}

/** Up to this number, comparing the names one by one costs less than a set of strings. */
const FEW = 16;

export class ObjectNames {
  count = 0;
  readonly #starts: number[] = [];
  readonly #ends: number[] = [];
  #many: Set<string> | undefined;

  /** Forgets all names, for the next object. */
  clear(): void {
    this.count = 0;
    this.#many = undefined;
  }

  /** Adds the name between two offsets. False where the object has it already, in whatever spelling. */
  add(bytes: Buffer, start: number, end: number, isEscaped: boolean): boolean {
    if (!this.#many) {
      if (!isEscaped && this.count < FEW) return this.#addToFew(bytes, start, end);
      this.#many = new Set();
      for (let index = 0; index < this.count; index += 1) {
        this.#many.add(nameBetween(bytes, this.#starts[index] ?? 0, this.#ends[index] ?? 0, false));
      }
    }
    const name = nameBetween(bytes, start, end, isEscaped);
    if (this.#many.has(name)) return false;
    this.#many.add(name);
    this.count += 1;
    return true;
  }

  #addToFew(bytes: Buffer, start: number, end: number): boolean {
    for (let index = 0; index < this.count; index += 1) {
      const other = this.#starts[index] ?? 0;
      if ((this.#ends[index] ?? 0) - other !== end - start) continue;
      let at = start;
      while (at < end && bytes[at] === bytes[other + at - start]) at += 1;
      if (at === end) return false;
    }
    this.#starts[this.count] = start;
    this.#ends[this.count] = end;
    this.count += 1;
    return true;
  }
}

/** The name between two offsets, which are those inside its quotes. */
export const nameBetween = (bytes: Buffer, start: number, end: number, isEscaped: boolean): string =>
  isEscaped ? JSON.parse(bytes.toString("utf8", start - 1, end + 1)) : bytes.toString("utf8", start, end);
