// Schemas of an OpenAPI description as tools have them: what is kept, collected, bounded.
import { expect, it } from "vitest";
import { resolveReference, SchemaConverter } from "../../../../server/tools/openapi/schemas.ts";

const convert = (schema: object, schemas: object = {}) => {
  const converter = new SchemaConverter({ components: { schemas } });
  return { schema: converter.convert(schema), definitions: converter.definitions };
};
const ref = (name: string) => ({ $ref: `#/components/schemas/${name}` });

it("keeps what a tool can check, and drops what it cannot", () => {
  const { schema } = convert({
    ...{ type: "integer", format: "int64", minimum: 1, description: "d", example: 2, discriminator: {} },
    ...{ not: { const: 3 }, if: {}, "x-internal": true },
  });
  expect(schema).toEqual({ type: "integer", minimum: 1, description: "d" });
  expect(convert({ type: "string", format: "date" }).schema).toEqual({ type: "string", format: "date" });
});

it("says null as JSON Schema does", () => {
  expect(convert({ type: "string", nullable: true }).schema).toEqual({
    anyOf: [{ type: "string" }, { type: "null" }],
  });
});

it("collects what is referred to once, also where it refers to itself", () => {
  const node = { type: "object", properties: { next: ref("Node"), other: ref("Node") } };
  const { schema, definitions } = convert({ type: "array", items: ref("Node") }, { Node: node });
  const own = { $ref: "#/$defs/Node_0" };
  expect(schema).toEqual({ type: "array", items: own });
  expect(definitions).toEqual({ Node_0: { type: "object", properties: { next: own, other: own } } });
});

it("ends with schemas that contain each other", () => {
  const schemas = { A: { allOf: [ref("B")] }, B: { allOf: [ref("A")] } };
  expect(() => convert(ref("A"), schemas)).toThrow("contain each other");
});

it("ends with more parts than a model should read", () => {
  const wide = { type: "array", items: { anyOf: Array.from({ length: 6000 }, () => ({ type: "string" })) } };
  expect(() => convert(wide)).toThrow("more than 5000 parts");
});

it("ends with parts that contain ever more of the next", () => {
  const names = Array.from({ length: 19 }, (_, index) => `S${index}`);
  const threeOf = (index: number) => ({ allOf: Array.from({ length: 3 }, () => ref(`S${index + 1}`)) });
  const schemas = Object.fromEntries(names.map((name, index) => [name, threeOf(index)]));
  expect(() => convert(ref("S0"), { ...schemas, S19: { type: "object" } })).toThrow("more than 5000 parts");
});

it.each([
  ["#/components/schemas/Lost", "is not there"],
  ["#/constructor/name", "is not there"],
  ["https://h.example/a.json#/A", "in another document"],
])("refuses the reference %s", (reference, words) => {
  expect(() => resolveReference({ components: {} }, reference)).toThrow(words);
});
