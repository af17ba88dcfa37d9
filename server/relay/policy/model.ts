// Reads the models that a request's body names. A body in which OpenAI could read another model than the one that was checked is refused.
import { Failure } from "../../failures/failure.ts";
import { type FormPart, FormScanner } from "../../forms/multipart.ts";
import { nameBetween } from "../../json/levels.ts";
import { MAX_RELAYED_DEPTH, refusingFaults } from "../../json/limits.ts";
import { JsonScanner, type Watch } from "../../json/scan.ts";
import type { FormField } from "../request-content.ts";

export interface Models {
  /** The model that is to answer. */
  model: string | undefined;
  /** Other models it names, such as that of a tool that OpenAI runs. */
  others: readonly string[];
}

/** Reads a body while it arrives. */
export interface BodyReader {
  /** Takes all bytes that are there so far. Throws `request-malformed` as soon as it can be known. */
  feed(bytes: Buffer, end: number): void;
  /** Takes all bytes. Throws `request-malformed`. */
  finish(bytes: Buffer): Models;
}

export interface JsonBodyReader extends BodyReader {
  /** Values so far. */
  values(): number;
}

const LONGEST_NAME = 256;
/** Lists of tokens are the longest that OpenAI takes: 300,000. */
const MAX_VALUES = 1_000_000;
const MAX_NESTED = 1000;

/** A `model` under these names is the caller's own data or a schema's property, not a model of OpenAI's. */
const ownData = new Set(["attributes", "input_schema", "metadata", "parameters", "schema", "variables"]);

/** For a body that is one JSON object. `others` may watch for other names in it. */
export const jsonModels = (...others: readonly Watch[]): JsonBodyReader => {
  let model: string | undefined;
  const nestedModels: string[] = [];
  let nested = 0;
  const watch: Watch = {
    isWatched: isModel,
    found: (value, depth, path) => {
      if (depth === 1) {
        const [name] = path();
        if (name !== "model") throw malformed(`\`${name}\` is not how \`model\` is spelled.`);
        model = nameOf(value);
      } else if (typeof value === "string") {
        nested += 1;
        if (nested > MAX_NESTED) throw malformed(`The body names more than ${MAX_NESTED} models.`);
        if (!path().some((part) => ownData.has(String(part)))) nestedModels.push(value);
      }
    },
  };
  const scanner = new JsonScanner({
    maxDepth: MAX_RELAYED_DEPTH,
    maxValues: MAX_VALUES,
    watch: anyOf([watch, ...others]),
  });
  const refuseErrors = (): void => {
    const [first] = scanner.errors;
    if (first) throw new Failure("request-malformed", "The body is ambiguous.", { errors: [first] });
  };
  const scan = (step: () => void): void => {
    refusingFaults(step);
    refuseErrors();
  };
  return {
    values: () => scanner.values,
    feed: (bytes, end) => scan(() => scanner.feed(bytes, end)),
    finish: (bytes) => {
      scan(() => {
        scanner.feed(bytes, bytes.length);
        scanner.finish();
      });
      if (!scanner.isObject) throw malformed("The body must be a JSON object.");
      return { model, others: nestedModels };
    },
  };
};

export interface FormBodyReader extends BodyReader {
  /** Bytes of the finished form that are not in files. */
  textBytes(): number;
  /** A short field of the finished form, from the same bytes; undefined where it is a file or missing. */
  field(bytes: Buffer, name: string): string | undefined;
  /** All fields, likewise. */
  fields(bytes: Buffer): FormField[];
}

/** For a form's body. */
export const formModels = (boundary: string): FormBodyReader => {
  const scanner = new FormScanner(boundary);
  let parts: readonly FormPart[] = [];
  return {
    feed: scanner.feed,
    textBytes: () => parts.reduce((sum, { isFile, start, end }) => (isFile ? sum : sum + end - start), 0),
    field: (bytes, name) => {
      const part = parts.find((each) => each.name === name);
      return part && textOf(bytes, part);
    },
    fields: (bytes) =>
      parts.map(({ name, isFile, start, end }) => ({
        name,
        value: isFile ? undefined : bytes.toString("utf8", start, end),
      })),
    finish: (bytes) => {
      parts = scanner.finish(bytes);
      refuseRepeated(parts);
      const named = parts.filter(({ name }) => spellsModel(name));
      const strange = named.find(({ name }) => name !== "model");
      if (strange) throw malformed(`\`${strange.name}\` is not how \`model\` is spelled.`);
      return { model: named[0] && nameOf(textOf(bytes, named[0])), others: [] };
    },
  };
};

/** The models that a query names. Where OpenAI reads one today, it is a filter. */
export const modelsInQuery = (query: string): string[] =>
  [...new URLSearchParams(query)].filter(([name]) => spellsModel(name)).map(([, value]) => value);

// Lists have names such as `image[]`, and one part for each element.
const refuseRepeated = (parts: readonly FormPart[]): void => {
  const single = parts.map(({ name }) => name).filter((name) => !name.endsWith("[]"));
  if (new Set(single).size < single.length) throw malformed("The form gives a field more than once.");
};

const textOf = (bytes: Buffer, { isFile, type, start, end }: FormPart): string | undefined =>
  isFile || (type ?? "text/plain") !== "text/plain" || end - start > LONGEST_NAME
    ? undefined
    : bytes.toString("utf8", start, end);

// A value is told to the watch that has asked for its name. Every name of a body passes here.
const anyOf = (watches: readonly Watch[]): Watch => {
  let asking = watches[0];
  return {
    isWatched: (bytes, start, end, isEscaped) => {
      for (const watch of watches) {
        if (!watch.isWatched(bytes, start, end, isEscaped)) continue;
        asking = watch;
        return true;
      }
      return false;
    },
    found: (value, depth, path, at) => asking?.found(value, depth, path, at),
  };
};

const [SMALL_M, CASE] = [0x6d, 0x20];
/** The length of `model` with each letter escaped and some more around it. */
const MOST_BYTES = 64;

// Cheap checks first: nearly all names differ from `model` in their length or their first letter.
const isModel: Watch["isWatched"] = (bytes, start, end, isEscaped) => {
  if (end - start < "model".length || end - start > MOST_BYTES) return false;
  const first = (bytes[start] ?? 0) | CASE;
  const isOtherLetter = first >= 0x61 && first <= 0x7a && first !== SMALL_M;
  return !isOtherLetter && spellsModel(nameBetween(bytes, start, end, isEscaped));
};

// Another reader may take these for `model`: capitals, brackets, spaces, full-width letters.
const spellsModel = (name: string): boolean =>
  name === "model" || name.split(/[[\]]/).some((part) => lettersOf(part) === "model");

const lettersOf = (name: string): string =>
  name
    .normalize("NFKC")
    .replace(/[^a-z]/gi, "")
    .toLowerCase();

const nameOf = (value: string | null | undefined): string | undefined => {
  if (value === null) return undefined;
  if (typeof value === "string" && value.length <= LONGEST_NAME) return value;
  throw malformed("`model` must be a name.");
};

const malformed = (detail: string): Failure => new Failure("request-malformed", detail);
