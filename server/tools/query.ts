// Reads a tool's arguments from a query string, by the types of the tool's schema.
import type { InputError } from "../failures/failure.ts";
import { JsonFault, MAX_DEPTH, MAX_JUDGED_VALUES } from "../json/limits.ts";
import { jsonPointer } from "../json/pointer.ts";
import { isJsonRecord } from "../json/record.ts";
import { JsonScanner } from "../json/scan.ts";
import type { JsonSchema } from "./tool.ts";

export interface ReadArguments {
  value: Record<string, unknown>;
  errors: InputError[];
}

/**
 * Numbers, booleans, and JSON for arrays and objects are read where the schema asks for them; what does not read stays
 * text, for the schema to refuse. A name given twice, or bytes that are not UTF-8, is an error that names the argument.
 */
export const readQueryArguments = (query: string, schema: JsonSchema): ReadArguments => {
  const value: Record<string, unknown> = {};
  const errors: InputError[] = [];
  for (const pair of query.split("&").filter((part) => part !== "")) {
    const cut = pair.indexOf("=");
    const rawName = cut === -1 ? pair : pair.slice(0, cut);
    const name = decode(rawName);
    const text = decode(cut === -1 ? "" : pair.slice(cut + 1));
    const at = jsonPointer([name ?? rawName]);
    if (name === undefined || text === undefined) errors.push({ pointer: at, detail: "is not valid UTF-8" });
    else if (name === "__proto__") errors.push({ pointer: at, detail: "is not an allowed name" });
    else if (Object.hasOwn(value, name)) errors.push({ pointer: at, detail: "is given more than once" });
    else {
      value[name] = coerce(text, argumentTypes(schema, name));
      if (isJson(value[name])) errors.push(...jsonErrors(text, at));
    }
  }
  return { value, errors };
};

// Bytes that came without percent signs are text to Node in Latin-1; escaped, they are judged like all others.
const escapeBytes = (text: string): string =>
  text.replaceAll(/[\x80-\xff]/g, (byte) => `%${byte.charCodeAt(0).toString(16)}`);

const decode = (text: string): string | undefined => {
  try {
    return decodeURIComponent(escapeBytes(text.replaceAll("+", " ")));
  } catch {
    return undefined;
  }
};

const isJson = (value: unknown): boolean => typeof value === "object" && value !== null;

// The arguments are one object, within which this value stands.
const rules = { maxDepth: MAX_DEPTH - 1, maxValues: MAX_JUDGED_VALUES };

const jsonErrors = (text: string, at: string): InputError[] => {
  const scanner = new JsonScanner(rules);
  const bytes = Buffer.from(text);
  try {
    scanner.feed(bytes, bytes.length);
  } catch (error) {
    if (error instanceof JsonFault) return [{ pointer: at, detail: error.message }];
    throw error;
  }
  return scanner.errors.map(({ pointer, detail }) => ({ pointer: at + pointer, detail }));
};

const propertyOf = (schema: JsonSchema, name: string): JsonSchema => {
  const property =
    isJsonRecord(schema.properties) && Object.hasOwn(schema.properties, name)
      ? schema.properties[name]
      : undefined;
  return isJsonRecord(property) ? property : {};
};

/** What a reference within a document means, such as `#/$defs/place`. */
const referredTo = (reference: string, document: JsonSchema): JsonSchema => {
  const keys = reference.split("/").slice(1);
  const target = keys.reduce<unknown>((node, key) => (isJsonRecord(node) ? node[key] : undefined), document);
  return isJsonRecord(target) ? target : {};
};

const known = new WeakMap<JsonSchema, Map<string, Set<string>>>();

// A tool's schema does not change, and reading it costs more than reading the argument.
const argumentTypes = (schema: JsonSchema, name: string): Set<string> => {
  const types = known.get(schema) ?? new Map<string, Set<string>>();
  known.set(schema, types);
  const found = types.get(name);
  if (found) return found;
  const property = propertyOf(schema, name);
  const read = typesOf(property, schema);
  // Only names of the schema are kept: a caller may invent any number of others.
  if (Object.keys(property).length > 0) types.set(name, read);
  return read;
};

/** The JSON types a schema allows, as far as it says so. `seen` are schemas that are read: they may refer to each other. */
const typesOf = (schema: JsonSchema, document: JsonSchema, seen = new Set<JsonSchema>()): Set<string> => {
  if (seen.has(schema)) return new Set();
  seen.add(schema);
  if (typeof schema.$ref === "string") return typesOf(referredTo(schema.$ref, document), document, seen);
  const named = [schema.type].flat().filter((type) => typeof type === "string");
  const branches = [schema.anyOf, schema.oneOf].flat().filter(isJsonRecord);
  const constants = ["const" in schema ? [schema.const] : [], schema.enum ?? []].flat();
  const implied = named.length > 0 ? [] : constants.map((value) => (value === null ? "null" : typeof value));
  return new Set([
    ...named,
    ...implied,
    ...branches.flatMap((branch) => [...typesOf(branch, document, seen)]),
  ]);
};

const NUMBER = /^-?(?:0|[1-9]\d*)(?:\.\d+)?(?:[eE][+-]?\d+)?$/;

const coerce = (text: string, types: ReadonlySet<string>): unknown => {
  if (types.has("string")) return text;
  if ((types.has("number") || types.has("integer")) && NUMBER.test(text)) return Number(text);
  if (types.has("boolean") && (text === "true" || text === "false")) return text === "true";
  if (types.has("null") && text === "null") return null;
  if (types.has("array") || types.has("object")) return parsed(text);
  return text;
};

const parsed = (text: string): unknown => {
  try {
    return JSON.parse(text);
  } catch {
    return text;
  }
};
