// Arguments that fit a tool's JSON Schema, chosen without knowledge of the tool.

type Schema = Record<string, unknown>;

// Usual values by a parameter's name, where its schema has no example.
const byName: [RegExp, unknown][] = [
  [/time_?zone|^tz$/i, "Europe/Berlin"],
  [/expression|formula/i, "6 * 7"],
  [/city|location|place/i, "Paris"],
  [/country/i, "France"],
  [/currency/i, "EUR"],
  [/e_?mail/i, "ada@example.com"],
  [/language|locale/i, "en"],
  [/url|link/i, "https://example.com/"],
  [/name/i, "Ada"],
];

const byFormat: Record<string, unknown> = {
  date: "2026-11-20",
  "date-time": "2026-11-20T12:00:00Z",
  time: "12:00:00Z",
  email: "ada@example.com",
  uri: "https://example.com/",
  uuid: "3f2b8c1e-5d0a-4f7e-9b1c-2a6d8e4f0c35",
};

/** Values for the required parameters, and for the optional ones that come with an example or a default. */
export const inventArguments = (parameters: Schema | undefined): Schema => {
  const properties = asSchema(parameters?.properties);
  const required = Array.isArray(parameters?.required) ? parameters.required : [];
  const chosen = Object.entries(properties)
    .map(([name, schema]) => ({ name, schema: asSchema(schema) }))
    .filter(({ name, schema }) => required.includes(name) || suggestion(schema) !== undefined);
  return Object.fromEntries(chosen.map(({ name, schema }) => [name, invent(name, schema)]));
};

const invent = (name: string, schema: Schema): unknown => {
  const suggested = suggestion(schema);
  if (suggested !== undefined) return suggested;
  const [variant] = [schema.anyOf, schema.oneOf, schema.allOf].filter(Array.isArray).flat();
  if (variant !== undefined) return invent(name, asSchema(variant));
  const type = Array.isArray(schema.type) ? schema.type[0] : schema.type;
  switch (type) {
    case "number":
    case "integer":
      return inventNumber(schema);
    case "boolean":
      return true;
    case "null":
      return null;
    case "array":
      return Array.from({ length: count(schema.minItems, 1) }, () => invent(name, asSchema(schema.items)));
    case "object":
      return inventArguments(schema);
    default:
      return inventString(name, schema);
  }
};

const suggestion = (schema: Schema): unknown => {
  if (schema.const !== undefined) return schema.const;
  if (Array.isArray(schema.examples) && schema.examples.length > 0) return schema.examples[0];
  if (schema.example !== undefined) return schema.example;
  if (schema.default !== undefined) return schema.default;
  return Array.isArray(schema.enum) ? schema.enum[0] : undefined;
};

const inventNumber = (schema: Schema): number => {
  if (typeof schema.minimum === "number") return schema.minimum;
  if (typeof schema.exclusiveMinimum === "number") return schema.exclusiveMinimum + 1;
  return typeof schema.maximum === "number" ? Math.min(schema.maximum, 42) : 42;
};

const inventString = (name: string, schema: Schema): string => {
  const known =
    (typeof schema.format === "string" ? byFormat[schema.format] : undefined) ??
    byName.find(([pattern]) => pattern.test(name))?.[1] ??
    "example";
  const long = String(known).padEnd(count(schema.minLength, 0), "x");
  return long.slice(0, count(schema.maxLength, long.length));
};

const count = (value: unknown, fallback: number): number => (typeof value === "number" ? value : fallback);

const asSchema = (value: unknown): Schema =>
  typeof value === "object" && value !== null && !Array.isArray(value) ? { ...value } : {};
