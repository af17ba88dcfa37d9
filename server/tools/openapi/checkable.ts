// The part of a description's schema that can be checked in a time linear in the arguments.
import { isJsonRecord, type JsonRecord } from "../../json/record.ts";

/**
 * Without patterns, and without alternatives of which more than one can hold others: a regular expression of someone else's, or
 * trying each alternative at each level, would let one caller's arguments keep the service busy for hours. The API checks both.
 */
export const checkablePart = (schema: JsonRecord): JsonRecord => part(schema, false);

const part = (schema: JsonRecord, isNames: boolean): JsonRecord =>
  Object.fromEntries(
    Object.entries(schema).flatMap(([name, value]) => {
      if (!isNames && isUnbounded(name, value)) return [];
      if (Array.isArray(value))
        return [[name, value.map((each) => (isJsonRecord(each) ? part(each, false) : each))]];
      const areNames = !isNames && (name === "properties" || name === "$defs");
      return [[name, isJsonRecord(value) ? part(value, areNames) : value]];
    }),
  );

const isUnbounded = (keyword: string, value: unknown): boolean => {
  if (keyword === "pattern") return true;
  if ((keyword !== "anyOf" && keyword !== "oneOf") || !Array.isArray(value)) return false;
  return value.filter(mayHoldOthers).length > 1;
};

const scalar = new Set(["string", "number", "integer", "boolean", "null"]);

const mayHoldOthers = (schema: unknown): boolean =>
  !(
    isJsonRecord(schema) &&
    typeof schema.type === "string" &&
    scalar.has(schema.type) &&
    !schema.anyOf &&
    !schema.oneOf
  );
