// Values that fit a JSON Schema, chosen without knowledge of what it is for: the same schema always gives the same value.
import { OpenAiError } from "../http/openai-error.ts";
import { asSchema, combine, isNumber, type Schema, withoutReference } from "./combine.ts";
import { heightOf } from "./height.ts";
import { inventNumber } from "./numbers.ts";
import { inventString } from "./strings.ts";

// A schema is a caller's: a few bytes of it may ask for any number of values.
const MOST_VALUES = 10_000;
// From here on a value that may end does end: `null`, an empty list, nothing for what is optional.
const DEEP = 4;
const DEEPEST = 100;

interface Place {
  root: Schema;
  depth: number;
  /** Which element of a list it is, so that elements differ. */
  nth: number;
  count: { values: number };
}

/** A value valid against the schema. Throws OpenAI's 400 where the schema asks for too much, or never ends. */
export const inventValue = (schema: unknown, name = ""): unknown => {
  const root = asSchema(schema);
  return invent(name, root, { root, depth: 0, nth: 0, count: { values: 0 } });
};

/** An object with the required parameters, and the optional ones that come with an example or a default. */
export const inventArguments = (parameters: unknown): Schema =>
  asSchema(inventValue({ ...asSchema(parameters), type: "object" }));

const invent = (name: string, given: Schema, place: Place): unknown => {
  place.count.values += 1;
  if (place.count.values > MOST_VALUES || place.depth > DEEPEST) throw tooMuch();
  const schema = withoutReference(given, place.root);
  const suggested = suggestion(schema, place.nth);
  if (suggested !== undefined) return suggested;
  const { anyOf, oneOf, ...own } = schema;
  const variants = [anyOf, oneOf].find(Array.isArray)?.map(asSchema) ?? [];
  if (variants.length > 0)
    return invent(name, combine(own, choose(variants, place)), { ...place, depth: place.depth + 1 });
  switch (typeOf(schema, place)) {
    case "number":
      return inventNumber(schema, false, place.nth);
    case "integer":
      return inventNumber(schema, true, place.nth);
    case "boolean":
      return place.nth % 2 === 0;
    case "null":
      return null;
    case "array":
      return inventArray(name, schema, place);
    case "object":
      return inventObject(schema, place);
    default:
      return inventString(name, schema, place.nth);
  }
};

const inventObject = (schema: Schema, place: Place): Schema => {
  const properties = asSchema(schema.properties);
  const required = Array.isArray(schema.required) ? schema.required.map(String) : [];
  const inside = { ...place, depth: place.depth + 1 };
  const suggested = Object.keys(properties).filter(
    (name) =>
      place.depth < DEEP &&
      suggestion(withoutReference(asSchema(properties[name]), place.root), 0) !== undefined,
  );
  const least = isNumber(schema.minProperties) ? schema.minProperties : 0;
  if (least > MOST_VALUES) throw tooMuch();
  const names = new Set([
    ...Object.keys(properties).filter((name) => required.includes(name) || suggested.includes(name)),
    ...required,
  ]);
  for (const name of Object.keys(properties)) if (names.size < least) names.add(name);
  for (let more = 1; names.size < least; more += 1) names.add(`key_${more}`);
  const others = asSchema(schema.additionalProperties);
  return Object.fromEntries(
    [...names].map((name) => [
      name,
      invent(name, asSchema(Object.hasOwn(properties, name) ? properties[name] : others), inside),
    ]),
  );
};

const inventArray = (name: string, schema: Schema, place: Place): unknown[] => {
  const first: unknown[] = [schema.prefixItems, schema.items].find(Array.isArray) ?? [];
  const rest = Array.isArray(schema.items) ? schema.additionalItems : schema.items;
  const usual = place.depth >= DEEP ? 0 : Math.max(first.length, rest === false ? 0 : 1);
  const least = isNumber(schema.minItems) ? schema.minItems : 0;
  const most = isNumber(schema.maxItems) ? schema.maxItems : Number.POSITIVE_INFINITY;
  const length = Math.min(Math.max(least, usual), most);
  if (length > MOST_VALUES) throw tooMuch();
  return Array.from({ length }, (_, nth) =>
    invent(name, asSchema(first[nth] ?? rest), { ...place, depth: place.depth + 1, nth }),
  );
};

const choose = (variants: readonly Schema[], place: Place): Schema => {
  const usual = variants.find((variant) => withoutReference(variant, place.root).type !== "null") ?? {};
  const chosen =
    place.depth < DEEP && heightOf(usual, place.root) < DEEP ? usual : lowest(variants, place.root);
  return withoutReference(chosen, place.root);
};

const lowest = (variants: readonly Schema[], root: Schema): Schema => {
  const [first] = variants
    .map((variant) => ({ variant, height: heightOf(variant, root) }))
    .toSorted((a, b) => Number(a.height > b.height) - Number(a.height < b.height));
  return first?.variant ?? {};
};

const suggestion = (schema: Schema, nth: number): unknown => {
  if (schema.const !== undefined) return schema.const;
  if (Array.isArray(schema.examples) && schema.examples.length > 0)
    return schema.examples[nth % schema.examples.length];
  if (schema.example !== undefined) return schema.example;
  if (schema.default !== undefined) return schema.default;
  return Array.isArray(schema.enum) ? schema.enum[nth % schema.enum.length] : undefined;
};

const typeOf = (schema: Schema, { depth }: Place): unknown => {
  const types: unknown[] = Array.isArray(schema.type) ? schema.type : [schema.type];
  if (depth >= DEEP && types.includes("null")) return "null";
  const type = types.find((each) => each !== "null") ?? types[0];
  if (type !== undefined) return type;
  const has = (...names: string[]): boolean => names.some((name) => name in schema);
  if (has("properties", "required", "additionalProperties", "minProperties")) return "object";
  if (has("items", "prefixItems", "minItems")) return "array";
  if (has("minimum", "maximum", "exclusiveMinimum", "exclusiveMaximum", "multipleOf")) return "number";
  return "string";
};

const tooMuch = (): OpenAiError =>
  new OpenAiError(
    400,
    "invalid_json_schema",
    `The emulator makes at most ${MOST_VALUES} values for one schema.`,
  );
