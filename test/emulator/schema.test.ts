// What the emulator makes up from JSON Schemas, held against them by a validator.
import { Ajv2020 } from "ajv/dist/2020.js";
import addFormats from "ajv-formats";
import { describe, expect, it } from "vitest";
import { z } from "zod";
import { inventArguments, inventValue } from "../../emulator/schema/invent.ts";

const ajv = new Ajv2020({ strict: false, multipleOfPrecision: 9 });
addFormats.default(ajv);

const object = (properties: Record<string, unknown>, more: object = {}) => ({
  type: "object",
  properties,
  required: Object.keys(properties),
  additionalProperties: false,
  ...more,
});

const list = object({
  value: { type: "integer" },
  next: { anyOf: [{ $ref: "#/$defs/list" }, { type: "null" }] },
});
const sum = object({ left: { $ref: "#/$defs/term" }, right: { $ref: "#/$defs/term" } });

const schemas: Record<string, object> = {
  "plain types": object({
    a: { type: "string" },
    b: { type: "number" },
    c: { type: "integer" },
    d: { type: "boolean" },
    e: { type: "null" },
  }),
  enums: object({ unit: { type: "string", enum: ["celsius", "fahrenheit"] }, kind: { const: "weather" } }),
  "types that may be null": object({
    a: { type: ["null", "string"] },
    b: { anyOf: [{ type: "null" }, { type: "number" }] },
  }),
  bounds: object({
    a: { type: "integer", minimum: 3, maximum: 3 },
    b: { type: "number", exclusiveMinimum: 0, exclusiveMaximum: 1 },
    c: { type: "integer", exclusiveMinimum: 4, multipleOf: 5 },
    d: { type: "number", maximum: 0.35, multipleOf: 0.1 },
    e: { type: "integer", exclusiveMaximum: -7 },
    f: { type: "number", minimum: 0.5, multipleOf: 0.2 },
    g: { type: "integer", minimum: -9007199254740991, maximum: 9007199254740991 },
  }),
  lengths: object({
    city: { type: "string", minLength: 9 },
    name: { type: "string", maxLength: 2 },
    none: { type: "string", maxLength: 0 },
  }),
  formats: object(
    Object.fromEntries(
      ["date", "date-time", "time", "duration", "email", "hostname", "ipv4", "ipv6", "uri", "uuid"].map(
        (format) => [format, { type: "string", format }],
      ),
    ),
  ),
  patterns: object({
    iban: { type: "string", pattern: "^[A-Z]{2}[0-9]{10,14}$" },
    either: { type: "string", pattern: "^(?:north|south)-[1-9]\\d?$" },
    long: { type: "string", pattern: "^[a-z]+$", minLength: 12, maxLength: 20 },
    loose: { type: "string", pattern: "amp" },
  }),
  arrays: object({
    three: { type: "array", items: { type: "string" }, minItems: 3, maxItems: 3 },
    different: { type: "array", items: { type: "integer", minimum: 1 }, minItems: 4, uniqueItems: true },
    words: { type: "array", items: { enum: ["a", "b", "c"] }, minItems: 3, uniqueItems: true },
    names: { type: "array", items: { type: "string", maxLength: 5 }, minItems: 12, uniqueItems: true },
    pair: { type: "array", prefixItems: [{ type: "number" }, { type: "string" }], items: false, minItems: 2 },
    none: { type: "array", items: { type: "string" }, maxItems: 0 },
  }),
  records: { type: "object", additionalProperties: { type: "number" }, minProperties: 2 },
  "required but not described": { type: "object", required: ["a"], additionalProperties: { type: "string" } },
  references: {
    ...object({ home: { $ref: "#/$defs/address" } }),
    $defs: { address: object({ street: { type: "string" } }) },
  },
  "names with slashes": {
    ...object({ a: { $ref: "#/$defs/x~1y%20z" } }),
    $defs: { "x/y z": { type: "boolean" } },
  },
  "all of several": {
    allOf: [
      object({ a: { type: "string" } }, { additionalProperties: undefined }),
      { properties: { b: { type: "integer" } }, required: ["b"] },
    ],
  },
  "lists that hold themselves": { $ref: "#/$defs/list", $defs: { list } },
  "trees that hold themselves": object({ children: { type: "array", items: { $ref: "#" } } }),
  "terms of which only one ends": {
    ...object({ term: { $ref: "#/$defs/term" } }),
    $defs: { sum, term: { anyOf: [{ $ref: "#/$defs/sum" }, object({ number: { type: "number" } })] } },
  },
  anything: object({ a: {} }),
};

describe("a value for", () => {
  it.each(Object.entries(schemas))("%s is valid, and always the same", (_, schema) => {
    const value = inventValue(schema);
    expect(ajv.validate(schema, value), `${JSON.stringify(value)}: ${ajv.errorsText()}`).toBe(true);
    expect(inventValue(schema)).toEqual(value);
  });

  it("what zod describes is valid for zod", () => {
    const order = z.object({
      id: z.uuid(),
      mail: z.email(),
      at: z.iso.datetime(),
      site: z.url(),
      address: z.ipv4(),
      lines: z
        .array(z.object({ article: z.string().regex(/^[A-Z]{3}-\d{4}$/), count: z.int().positive() }))
        .min(2),
      payment: z.discriminatedUnion("kind", [
        z.object({ kind: z.literal("card"), last4: z.string().length(4) }),
        z.object({ kind: z.literal("cash") }),
      ]),
      tags: z.record(z.enum(["red", "green"]), z.number().multipleOf(0.25)),
      note: z.string().nullable(),
    });
    expect(() => order.parse(inventValue(z.toJSONSchema(order)))).not.toThrow();
  });
});

describe("arguments", () => {
  it("are the usual ones for a name, and leave out what is optional", () => {
    const schema = { properties: { city: { type: "string" }, unit: { type: "string" } }, required: ["city"] };
    expect(inventArguments(schema)).toEqual({ city: "Paris" });
  });

  it("are none for a tool without parameters", () => {
    expect(inventArguments(undefined)).toEqual({});
  });
});

describe("a schema that asks for too much is refused, and at once:", () => {
  const two = { left: { $ref: "#" }, right: { $ref: "#" } };
  it.each<[string, object]>([
    ["long lists", { type: "array", minItems: 1e9, items: {} }],
    [
      "lists of lists",
      { type: "array", minItems: 1000, items: { type: "array", minItems: 1000, items: {} } },
    ],
    ["long strings", { type: "string", minLength: 1e9 }],
    ["many properties", { type: "object", minProperties: 1e9 }],
    ["trees that never end", object(two)],
  ])("%s", (_, schema) => {
    const began = performance.now();
    expect(() => inventValue(schema)).toThrow(/at most/);
    expect(performance.now() - began).toBeLessThan(5000);
  });

  it("references that lead to themselves end", () => {
    expect(inventValue({ $ref: "#" })).toBeTypeOf("string");
    expect(inventValue({ allOf: [{ $ref: "#" }, { $ref: "#" }] })).toBeTypeOf("string");
  });
});
