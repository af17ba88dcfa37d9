// The texts of a request, as a model will read them: every string, unless it is known to be none. Pure.
import { Failure } from "../../failures/failure.ts";
import { readerOf } from "../policy/paths.ts";
import type { FormField, RequestContent } from "../request-content.ts";
import { isCredential, isFree, isKnownName, isStructure, isText, referenceIn } from "./text-fields.ts";

type Json = Record<string, unknown>;

/** Hears of what a model would read and nothing here can. May throw. */
export type OnUnreadable = (what: string) => void;

const MAX_DEPTH = 64;
/** More would take the event loop for longer than others should wait. */
const MAX_VALUES = 100_000;

/**
 * The texts to check. Those of one message are one text, and so are those of messages of the same author that follow each
 * other: what is harmful cannot be cut into harmless pieces. Throws `request-malformed` for what nests too deep, and
 * `request-too-large` for too many values.
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
  if (!isObject(json)) {
    onUnreadable("this body");
    return [];
  }
  return unitsOf(json, onUnreadable).flatMap(joined);
};

/** The pieces of each text, in their order. */
const unitsOf = (body: Json, onUnreadable: OnUnreadable): string[][] => {
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
    if (isObject(message) && isReference(message)) onUnreadable("an item of an earlier response");
    const pieces = read([message]);
    // What says nothing does not come between two that do.
    if (pieces.every((piece) => piece.trim() === "")) continue;
    const author = isObject(message) ? (message.role ?? message.type) : undefined;
    const turn = turns.at(-1);
    if (turn && author === last) for (const piece of pieces) turn.push(piece);
    else turns.push(pieces);
    last = author;
  }
  return turns;
};

// The type of a reference may be left out.
const isReference = ({ id, type, role, content }: Json): boolean =>
  id !== undefined && (type === undefined || type === null) && role === undefined && content === undefined;

interface Place {
  name: string;
  /** The `type` of the object it stands in. */
  type: unknown;
  /** What kind of object that is. `known`: one of OpenAI's own structures. `free`: callers fill it as they like. */
  kind: "known" | "unknown" | "free";
  isListed: boolean;
}

/** Finds all strings in parts of a body, and all names that the caller chose. */
const readerOfStrings = (onUnreadable: OnUnreadable): ((part: Json) => string[]) => {
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
    if (depth > MAX_DEPTH) {
      throw new Failure("request-malformed", `The body nests more than ${MAX_DEPTH} deep.`);
    }
    if (typeof value === "string") {
      if (place.kind !== "known" || isText(place.name, value, place.type)) strings.push(value);
    } else if (typeof value === "number") {
      if (place.isListed && !mayListNumbers(place)) onUnreadable("lists of tokens");
    } else if (Array.isArray(value)) {
      const listed = { ...place, isListed: true };
      for (const each of value) walk(each, listed, depth + 1);
    } else if (isObject(value)) {
      walkObject(value, place.name, kindOf(place), depth);
    }
  };
  const walkObject = (object: Json, within: string, kind: Place["kind"], depth: number): void => {
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

// `bytes` only repeats a token of an earlier answer.
const mayListNumbers = (place: Place): boolean => place.name === "bytes" || kindOf(place) === "free";

/** Parts of a form that are images, sounds and films. */
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

// A model may read two pieces as one word or as two.
const joined = (pieces: readonly string[]): string[] => {
  const texts = pieces.length > 1 ? [pieces.join("\n"), pieces.join("")] : pieces;
  return texts.filter((text) => text.trim() !== "");
};

const isObject = (value: unknown): value is Json =>
  typeof value === "object" && value !== null && !Array.isArray(value);
