// What of a description's schema is checked here: only what ends soon, whatever the arguments.
import { expect, it } from "vitest";
import { z } from "zod";
import { checkablePart } from "../../../../server/tools/openapi/checkable.ts";

const object = (properties: object) => ({ type: "object", properties });

it("keeps all that takes a time in proportion to the arguments", () => {
  const schema = {
    ...object({ pattern: { type: "string", maxLength: 3 }, anyOf: { enum: ["a"] } }),
    required: ["pattern"],
    $defs: { pattern: { anyOf: [{ $ref: "#/$defs/pattern" }, { type: "null" }] } },
    items: { oneOf: [{ type: "string", enum: ["a"] }, { type: "integer" }] },
  };
  expect(checkablePart(schema)).toEqual(schema);
});

it("leaves patterns, and alternatives of several objects, to the API", () => {
  const either = { anyOf: [object({ a: {} }), { $ref: "#/$defs/B" }] };
  const schema = object({
    code: { type: "string", pattern: "^(a+)+$", minLength: 1 },
    list: { items: either },
  });
  expect(checkablePart(schema)).toEqual(
    object({ code: { type: "string", minLength: 1 }, list: { items: {} } }),
  );
});

it("checks arguments at once that the whole schema would take minutes for", () => {
  const twice = (index: number) => [index, index].map((each) => ({ $ref: `#/$defs/S${each + 1}` }));
  const names = Array.from({ length: 40 }, (_, index) => [`S${index}`, { anyOf: twice(index) }]);
  const schema = {
    ...object({ text: { type: "string", pattern: "^(a+)+$" }, nested: { $ref: "#/$defs/S0" } }),
    $defs: { ...Object.fromEntries(names), S40: { type: "string", maxLength: 1 } },
  };
  const checked = z.fromJSONSchema(checkablePart(schema));
  expect(checked.safeParse({ text: `${"a".repeat(64)}!`, nested: "long" }).success).toBe(true);
  expect(checked.safeParse({ text: 1 }).success).toBe(false);
});
