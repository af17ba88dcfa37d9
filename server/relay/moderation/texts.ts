// Finds the texts of a request for moderation: every string that is not known to be something else. Pure.
import { Failure } from "../../failures/failure.ts";
import { MAX_RELAYED_DEPTH } from "../../json/limits.ts";
import { isJsonRecord, type JsonRecord } from "../../json/record.ts";
import { readerOf } from "../policy/paths.ts";
import type { FormField, RequestContent } from "../request-content.ts";
import { isCredential, isFree, isKnownName, isStructure, isText, referenceIn } from "./text-fields.ts";

/** Called with what a model would read and moderation cannot, in words for the caller. May throw. */
export type OnUnreadable = (what: string) => void;

/** More would hold the event loop up for too long. */
const MAX_VALUES = 100_000;

/**
 * The texts to check. The pieces of one message are joined, and consecutive messages of one author too, so that harmful text
 * cannot be divided into harmless pieces. Throws `request-malformed` for what nests too deep, and `request-too-large` for too
 * many values.
 */
export const textsIn = (
  path: string,
  { json, fields }: RequestContent,
  onUnreadable: OnUnreadable,
): string[] => {
  const reader = readerOf(path);
  if (reader === "none") return [];
  if (reader === "unknown") onUnreadable("this address");
  if (fields) return joined(textsOfForm(fields, onUnreadable));
  if (!isJsonRecord(json)) {
    onUnreadable("this body");
    return [];
  }
  return unitsOf(json, onUnreadable).flatMap(joined);
};

/** The pieces of each text, in their order. */
const unitsOf = (body: JsonRecord, onUnreadable: OnUnreadable): string[][] => {
  const stringsIn = readerOfStrings(onUnreadable);
  return Object.entries(body).flatMap(([name, value]) => {
    const read = (part: unknown): string[] => stringsIn({ [name]: part });
    if (!Array.isArray(value)) return [read(value)];
    if (name === "messages" || name === "input") return turnsOf(value, onUnreadable, read);
    return name === "tools" || name === "functions" ? value.map((each) => read([each])) : [read(value)];
  });
};

const turnsOf = (
  messages: readonly unknown[],
  onUnreadable: OnUnreadable,
  read: (part: unknown) => string[],
): string[][] => {
  const turns: string[][] = [];
  let last: unknown;
  for (const message of messages) {
    if (isJsonRecord(message) && isReference(message)) onUnreadable("an item of an earlier response");
    const pieces = read([message]);
    // A message without text does not separate two messages of one author.
    if (pieces.every((piece) => piece.trim() === "")) continue;
    const author = isJsonRecord(message) ? (message.role ?? message.type) : undefined;
    const turn = turns.at(-1);
    if (turn && author === last) for (const piece of pieces) turn.push(piece);
    else turns.push(pieces);
    last = author;
  }
  return turns;
};

// A reference to an earlier item may come without its type.
const isReference = ({ id, type, role, content }: JsonRecord): boolean =>
  id !== undefined && (type === undefined || type === null) && role === undefined && content === undefined;

interface Place {
  name: string;
  /** The `type` of the object it stands in. */
  type: unknown;
  /** The kind of that object. `known`: one of OpenAI's own structures. `free`: callers choose its names and values. */
  kind: "known" | "unknown" | "free";
  isListed: boolean;
}

/** Collects all texts in parts of a body, and all names that the caller chose. */
const readerOfStrings = (onUnreadable: OnUnreadable): ((part: JsonRecord) => string[]) => {
  let strings: string[] = [];
  let valuesLeft = MAX_VALUES;
  const walk = (value: unknown, place: Place, depth: number): void => {
    valuesLeft -= 1;
    if (valuesLeft < 0) {
      throw new Failure(
        "request-too-large",
        `Moderation is on for you: send less than ${MAX_VALUES} values.`,
      );
    }
    if (depth > MAX_RELAYED_DEPTH) {
      throw new Failure("request-malformed", `The body nests more than ${MAX_RELAYED_DEPTH} deep.`);
    }
    if (typeof value === "string") {
      if (place.kind !== "known" || isText(place.name, value, place.type)) strings.push(value);
    } else if (typeof value === "number") {
      if (place.isListed && !mayListNumbers(place)) onUnreadable("lists of tokens");
    } else if (Array.isArray(value)) {
      const listed = { ...place, isListed: true };
      for (const each of value) walk(each, listed, depth + 1);
    } else if (isJsonRecord(value)) {
      walkObject(value, place.name, kindOf(place), depth);
    }
  };
  const walkObject = (object: JsonRecord, within: string, kind: Place["kind"], depth: number): void => {
    const { type } = object;
    for (const [name, value] of Object.entries(object)) {
      if (kind === "known" && isCredential(name, type)) continue;
      if (!isKnownName(name)) strings.push(name);
      const reference = kind === "free" ? undefined : referenceIn(name, value, { type, within });
      if (reference !== undefined) onUnreadable(reference);
      walk(value, { name, type, kind, isListed: false }, depth + 1);
    }
  };
  return (part) => {
    strings = [];
    walkObject(part, "", "known", 0);
    return strings;
  };
};

const kindOf = ({ name, kind }: Place): Place["kind"] => {
  if (kind === "free" || isFree(name)) return "free";
  return kind === "known" && isStructure(name) ? "known" : "unknown";
};

// Numbers under `bytes` repeat a token of an earlier answer.
const mayListNumbers = (place: Place): boolean => place.name === "bytes" || kindOf(place) === "free";

/** Parts of a form for images, sounds and films. */
const FILES = /^(?:file|image|images|input_reference|mask|video)(?:\[\d*\])?$/;

const textsOfForm = (fields: readonly FormField[], onUnreadable: OnUnreadable): string[] =>
  fields.flatMap(({ name, value }) => {
    if (value === undefined) {
      if (!FILES.test(name)) onUnreadable("a file in place of a text");
      return [];
    }
    const plain = name.replace(/\[\]$/, "");
    return isText(plain, value, undefined) ? [value] : [];
  });

// Joined with and without a line break: a model may read two pieces as one word or as two.
const joined = (pieces: readonly string[]): string[] => {
  const texts = pieces.length > 1 ? [pieces.join("\n"), pieces.join("")] : pieces;
  return texts.filter((text) => text.trim() !== "");
};
