// A tool's arguments in a query string, read by the types of its schema.
import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { readQueryArguments } from "../../../server/tools/query.ts";

const typed = (schema: Record<string, unknown>) => ({ type: "object", properties: { a: schema } });
const read = (query: string, schema: Record<string, unknown>) =>
  readQueryArguments(query, typed(schema)).value.a;
const errorsIn = (query: string, type: unknown = "string") =>
  readQueryArguments(query, typed({ type })).errors;

describe("reads what the schema asks for", () => {
  it.each<[string, Record<string, unknown>, unknown]>([
    ["a=1", { type: "number" }, 1],
    ["a=-1.5e3", { type: "number" }, -1500],
    ["a=7", { type: "integer" }, 7],
    ["a=1", { type: "string" }, "1"],
    ["a=true", { type: "boolean" }, true],
    ["a=true", { type: "string" }, "true"],
    ["a=null", { type: ["number", "null"] }, null],
    ["a=5", { type: ["string", "number"] }, "5"],
    ["a=5", { anyOf: [{ type: "number" }, { type: "null" }] }, 5],
    ["a=5", { oneOf: [{ type: "boolean" }, { type: "integer" }] }, 5],
    ["a=2", { enum: [1, 2] }, 2],
    ["a=2", { const: 2 }, 2],
    ["a=x", { enum: ["x", "y"] }, "x"],
    ["a=%5B1,2%5D", { type: "array" }, [1, 2]],
    ["a=%7B%22b%22:1%7D", { type: "object" }, { b: 1 }],
    ["a=x+y%20z%2B", { type: "string" }, "x y z+"],
    ["a=%F0%9F%8C%8D", { type: "string" }, "🌍"],
    ["a=Z\u00c3\u00bcrich", { type: "string" }, "Zürich"],
    ["a=b=c", { type: "string" }, "b=c"],
    ["a", { type: "string" }, ""],
    ["a=", { type: "string" }, ""],
    ["&&a=x&", { type: "string" }, "x"],
  ])("%s as %j", (query, schema, value) => {
    expect(read(query, schema)).toEqual(value);
  });
});

describe("follows the schema's references", () => {
  const place = { type: "object", properties: { a: { $ref: "#/$defs/a" } } };
  it.each<[Record<string, unknown>, unknown]>([
    [{ type: "integer" }, 5],
    [{ anyOf: [{ $ref: "#/$defs/b" }, { type: "null" }] }, 5],
    [{ anyOf: [{ $ref: "#/$defs/a" }] }, "5"],
    [{ $ref: "#/$defs/nowhere" }, "5"],
  ])("to %j", (a, value) => {
    const schema = { ...place, $defs: { a, b: { type: "number" } } };
    expect(readQueryArguments("a=5", schema).value).toEqual({ a: value });
  });
});

describe("leaves as text, for the schema to refuse, what does not read", () => {
  it.each<[string, string]>([
    ["a=1,5", "number"],
    ["a=0x10", "number"],
    ["a=%201", "number"],
    ["a=1e", "number"],
    ["a=Infinity", "number"],
    ["a=NaN", "number"],
    ["a=", "number"],
    ["a=01", "integer"],
    ["a=yes", "boolean"],
    ["a=True", "boolean"],
    ["a=1", "boolean"],
    ["a=[1", "array"],
    ["a=1", "null"],
  ])("%s as %s", (query, type) => {
    expect(typeof read(query, { type })).toBe("string");
  });
});

it("an argument that the schema does not name stays text, whatever JavaScript calls it", () => {
  const { value, errors } = readQueryArguments(
    "constructor=1&toString=2&hasOwnProperty=3",
    typed({ type: "number" }),
  );
  expect([{ ...value }, errors]).toEqual([{ constructor: "1", toString: "2", hasOwnProperty: "3" }, []]);
});

it.each([
  ["a=1&a=2", "/a", "is given more than once"],
  ["a=1&%61=2", "/a", "is given more than once"],
  ["__proto__=1", "/__proto__", "is not an allowed name"],
  ["__proto__[x]=1&%5F_proto__=2", "/__proto__", "is not an allowed name"],
  ["a=%FF", "/a", "is not valid UTF-8"],
  ["a=%C0%AE", "/a", "is not valid UTF-8"],
  ["a=%ED%A0%80", "/a", "is not valid UTF-8"],
  ["a=%E2%82", "/a", "is not valid UTF-8"],
  ["a=%", "/a", "is not valid UTF-8"],
  ["a=%zz", "/a", "is not valid UTF-8"],
  ["a=\u00ff", "/a", "is not valid UTF-8"],
  ['a={"b":1,"b":2}', "/a/b", "is given more than once"],
  ['a=[{"__proto__":1}]', "/a/0/__proto__", "is not an allowed name"],
  ["%FF=1", "/%FF", "is not valid UTF-8"],
  ["a~/b=%FF", "/a~0~1b", "is not valid UTF-8"],
])("names the argument that cannot be right: %s", (query, pointer, detail) => {
  const type = /^a=[[{]/.test(query) ? ["array", "object"] : "string";
  expect(errorsIn(query, type)).toEqual(expect.arrayContaining([{ pointer, detail }]));
});

it("reads by alternatives that refer to each other, and ends", () => {
  const all = Array.from({ length: 60 }, (_, index) => ({ $ref: `#/$defs/S${index}` }));
  const $defs = Object.fromEntries(
    all.map((_, index) => [`S${index}`, { anyOf: [...all, { type: "integer" }] }]),
  );
  const schema = { type: "object", properties: { a: { $ref: "#/$defs/S0" } }, $defs };
  expect(readQueryArguments("a=1", schema).value).toEqual({ a: 1 });
});

it("reads by what a reference to a reference means", () => {
  const $defs = { A: { $ref: "#/$defs/B" }, B: { type: "integer" }, C: { $ref: "#/$defs/C" } };
  const properties = { a: { $ref: "#/$defs/A" }, c: { $ref: "#/$defs/C" } };
  expect(readQueryArguments("a=1&c=1", { type: "object", properties, $defs }).value).toEqual({
    a: 1,
    c: "1",
  });
});

it("never reaches a prototype", () => {
  for (const query of ["__proto__=%7B%22x%22:1%7D", "a=%7B%22__proto__%22:%7B%22x%22:1%7D%7D"]) {
    const { value } = readQueryArguments(query, typed({ type: "object" }));
    expect([Object.getPrototypeOf(value), ({} as Record<string, unknown>).x]).toEqual([
      Object.prototype,
      undefined,
    ]);
  }
});

const types = fc.constantFrom("string", "number", "integer", "boolean", "null", "array", "object");

it("whatever the query, reading ends with values of the type asked for, or the text", () => {
  fc.assert(
    fc.property(fc.string(), types, (text, type) => {
      const value = read(`a=${encodeURIComponent(text.toWellFormed())}`, { type });
      if (value !== text.toWellFormed()) expect(type).not.toBe("string");
      if (typeof value === "number") expect(Number(text)).toBe(value);
    }),
  );
});

it("whatever was written as JSON comes back from the query as it was", () => {
  fc.assert(
    fc.property(fc.jsonValue({ maxDepth: 3 }), (written) => {
      const type = written === null ? "null" : Array.isArray(written) ? "array" : typeof written;
      const text = typeof written === "string" ? written : JSON.stringify(written);
      const back = JSON.parse(JSON.stringify(written));
      expect(read(`a=${encodeURIComponent(text.toWellFormed())}`, { type })).toEqual(
        typeof back === "string" ? back.toWellFormed() : back,
      );
    }),
  );
});

it("no query makes it throw", () => {
  const byte = fc.integer({ min: 1, max: 255 }).map((code) => String.fromCharCode(code));
  const part = fc.oneof(byte, fc.constantFrom("a", "=", "&", "%", "%F", "+", "__proto__", "[", "%00"));
  fc.assert(
    fc.property(fc.array(part), types, (parts, type) => {
      const { value, errors } = readQueryArguments(parts.join(""), typed({ type }));
      for (const { pointer } of errors) expect(pointer).toMatch(/^\//);
      expect(Object.hasOwn(value, "__proto__")).toBe(false);
    }),
  );
});
