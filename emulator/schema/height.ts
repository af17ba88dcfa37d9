// How deep the smallest value of a schema is: where schemas hold themselves, the alternative to take is the one that ends.
import { asSchema, findReference, isNumber, type Schema } from "./combine.ts";

const MOST_VISITS = 2000;

/** 0 for a plain value; infinity for one that would never end. */
export const heightOf = (schema: Schema, root: Schema): number =>
  measure(schema, root, new Set(), { left: MOST_VISITS });

const measure = (
  schema: Schema,
  root: Schema,
  open: ReadonlySet<string>,
  visits: { left: number },
): number => {
  visits.left -= 1;
  if (visits.left < 0) return Number.POSITIVE_INFINITY;
  if ("const" in schema || "enum" in schema) return 0;
  const inside = (part: unknown): number => measure(asSchema(part), root, open, visits);
  const highest = (parts: readonly unknown[]): number => Math.max(0, ...parts.map(inside));
  const { $ref } = schema;
  if (typeof $ref === "string") {
    if (open.has($ref)) return Number.POSITIVE_INFINITY;
    return measure(asSchema(findReference($ref, root)), root, new Set([...open, $ref]), visits);
  }
  if (Array.isArray(schema.allOf)) return highest(schema.allOf);
  const variants = [schema.anyOf, schema.oneOf].filter(Array.isArray).flat();
  if (variants.length > 0) return Math.min(...variants.map(inside));
  if (isNumber(schema.minItems) && schema.minItems > 0) return 1 + inside(schema.items);
  const properties = asSchema(schema.properties);
  const required = Array.isArray(schema.required) ? schema.required.map(String) : [];
  const needed = required.filter((name) => Object.hasOwn(properties, name)).map((name) => properties[name]);
  return needed.length > 0 ? 1 + highest(needed) : 0;
};
