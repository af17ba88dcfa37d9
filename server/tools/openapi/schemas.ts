// Turns the schemas of an OpenAPI description into JSON Schema as tools have it.
import { isJsonRecord, type JsonRecord } from "../../json/record.ts";

/** Of one operation. A model reads all of it in each session. */
const MAX_NODES = 5000;

/** What is carried over. The rest describes answers, or cannot be kept; the API checks its own input all the same. */
const kept = new Set([
  ...["type", "enum", "const", "default", "description", "required", "minItems", "maxItems", "uniqueItems"],
  ...["minimum", "maximum", "multipleOf", "minLength", "maxLength", "pattern", "format"],
]);

/** The part of a document that a local reference names. Throws an `Error` for another kind, or where nothing is there. */
export const resolveReference = (document: JsonRecord, reference: string): JsonRecord => {
  if (!reference.startsWith("#/")) throw new Error(`refers to ${reference}, which is in another document`);
  const keys = reference
    .slice(2)
    .split("/")
    .map((key) => key.replaceAll("~1", "/").replaceAll("~0", "~"));
  const target = keys.reduce<unknown>(
    (node, key) => (isJsonRecord(node) && Object.hasOwn(node, key) ? node[key] : undefined),
    document,
  );
  if (!isJsonRecord(target)) throw new Error(`refers to ${reference}, which is not there`);
  return target;
};

/** Converts schemas one after another; what they refer to is collected once, in `definitions`. */
export class SchemaConverter {
  readonly definitions: Record<string, JsonRecord> = {};
  readonly #document: JsonRecord;
  readonly #names = new Map<string, string>();
  #nodes = 0;

  constructor(document: JsonRecord) {
    this.#document = document;
  }

  /** Throws an `Error` that says what cannot be used. */
  convert(schema: unknown): JsonRecord {
    this.#count();
    if (!isJsonRecord(schema)) return {};
    if (typeof schema.$ref === "string") return { $ref: `#/$defs/${this.#define(schema.$ref)}` };
    const all = [schema.allOf].flat().filter(isJsonRecord);
    if (all.length > 0) return this.convert(this.#merged(schema, all));
    const result: JsonRecord = Object.fromEntries(Object.entries(schema).filter(([name]) => kept.has(name)));
    // int32, float and their like are widths, which JSON does not have.
    if (schema.type !== "string") delete result.format;
    if (isJsonRecord(schema.properties)) result.properties = this.#properties(schema.properties);
    if (isJsonRecord(schema.items)) result.items = this.convert(schema.items);
    if (isJsonRecord(schema.additionalProperties)) {
      result.additionalProperties = this.convert(schema.additionalProperties);
    } else if (schema.additionalProperties === false) result.additionalProperties = false;
    for (const word of ["anyOf", "oneOf"] as const) {
      const branches = schema[word];
      if (Array.isArray(branches)) result[word] = branches.map((branch) => this.convert(branch));
    }
    // OpenAPI 3.0 says so what JSON Schema says by a type.
    return schema.nullable === true ? { anyOf: [result, { type: "null" }] } : result;
  }

  #count(): void {
    this.#nodes += 1;
    if (this.#nodes > MAX_NODES) throw new Error(`has a schema of more than ${MAX_NODES} parts`);
  }

  #properties(properties: JsonRecord): JsonRecord {
    const written = Object.entries(properties).filter(
      ([, schema]) => !isJsonRecord(schema) || schema.readOnly !== true,
    );
    return Object.fromEntries(written.map(([name, schema]) => [name, this.convert(schema)]));
  }

  #define(reference: string): string {
    const known = this.#names.get(reference);
    if (known !== undefined) return known;
    const name = `${reference.split("/").at(-1)?.replaceAll(/\W/g, "_")}_${this.#names.size}`;
    // Before it is converted: it may refer to itself.
    this.#names.set(reference, name);
    this.definitions[name] = this.convert(resolveReference(this.#document, reference));
    return name;
  }

  /** One object of those that must all fit, as far as they are objects with properties. */
  #merged(schema: JsonRecord, all: readonly JsonRecord[], depth = 0): JsonRecord {
    if (depth > 20) throw new Error("has schemas that contain each other");
    const { allOf: _all, ...own } = schema;
    const parts = [...all, own].map((part) => {
      // A part that several contain is merged into each of them.
      this.#count();
      const plain = typeof part.$ref === "string" ? resolveReference(this.#document, part.$ref) : part;
      const inner = [plain.allOf].flat().filter(isJsonRecord);
      return inner.length > 0 ? this.#merged(plain, inner, depth + 1) : plain;
    });
    const properties = Object.assign({}, ...parts.map((part) => part.properties ?? {}));
    const required = [...new Set(parts.flatMap((part) => [part.required ?? []].flat()))];
    const merged = Object.assign({}, ...parts);
    return Object.keys(properties).length === 0 ? merged : { ...merged, properties, required };
  }
}
