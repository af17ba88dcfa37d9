// broker.yaml as JSON Schema, for editors and for the documentation.
import { z } from "zod";
import { formatRates, type Rate, ratesSchema } from "../rates.ts";
import { secretTraits } from "../secret-schema.ts";
import { storeNames } from "../secrets/reference.ts";
import { brokerFileSchema } from "./broker-file.ts";
import { settings } from "./settings.ts";

export type JsonSchema = z.core.JSONSchema.JSONSchema;

/** A text with a reference to a variable: it may stand in the place of any value, which is checked at the start. */
const definitions = {
  reference: { type: "string", pattern: "\\$\\{[A-Za-z_][A-Za-z0-9_]*\\}" },
  secret: {
    type: "string",
    pattern: `^(${[...storeNames, "text"].join("|")}):|\\$\\{[A-Za-z_][A-Za-z0-9_-]*(:[^{}]*)?\\}`,
  },
};
const reference: JsonSchema = { $ref: "#/definitions/reference" };
/** In a secret's place a store may also be named. */
const secretReference: JsonSchema = { $ref: "#/definitions/secret" };

const rates = "\\d{1,9} per (second|minute|hour|day|month)";

/** The first line of a broker.yaml whose schema is in the file beside it: editors read it. */
export const SCHEMA_LINE = "# yaml-language-server: $schema=./broker.schema.json";

/**
 * What broker.yaml may hold, as draft 7, which editors read best. What no JSON Schema can say, such as a tool's name that must
 * exist, `broker check` finds.
 */
export const brokerFileJsonSchema = (): JsonSchema => {
  const file = toJsonSchema(brokerFileSchema);
  const properties = {
    ...file.properties,
    settings: settingsSchema(file.properties?.settings as JsonSchema),
  };
  const described = {
    title: "broker.yaml of realtime-key-broker",
    ...file,
    properties,
    definitions: { ...(file.definitions as object | undefined), ...definitions },
  };
  return mayBeEmpty(withReferences(described), 2);
};

const toJsonSchema = (schema: z.ZodType): JsonSchema =>
  z.toJSONSchema(schema, {
    ...{ io: "input", target: "draft-7", unrepresentable: "any" },
    override: ({ zodSchema, jsonSchema }) => {
      // Forms that are the library's own, such as starts_with: a pattern stands beside them.
      if (jsonSchema.format !== "uri") delete jsonSchema.format;
      if (secretTraits(zodSchema)) allowStores(jsonSchema as JsonSchema);
      if (zodSchema === ratesSchema) jsonSchema.pattern = `^(none|${rates}(\\s*,\\s*${rates})*)$`;
      if (zodSchema instanceof z.ZodDefault) jsonSchema.default ??= writtenDefault(zodSchema);
    },
  }) as JsonSchema;

/** Changes the schema of a secret, in its place, to one that a reference to a store fits too. */
const allowStores = (schema: JsonSchema): void => {
  if (!takesReference(schema)) return;
  const own: JsonSchema = {};
  for (const name of ["type", ...constraints] as const) {
    if (schema[name] !== undefined) Object.assign(own, { [name]: schema[name] });
    delete schema[name];
  }
  schema.anyOf = [own, secretReference];
};

// The library leaves out the default of what is read into another form.
const writtenDefault = (schema: z.ZodDefault): JsonSchema["default"] => {
  const { defaultValue } = schema.def;
  if (schema.unwrap() === ratesSchema) return formatRates(defaultValue as readonly Rate[]) || "none";
  return typeof defaultValue === "number" ? defaultValue : undefined;
};

const settingsSchema = (section: Exclude<JsonSchema, boolean>): JsonSchema => ({
  ...section,
  type: "object",
  properties: Object.fromEntries(
    Object.entries(settings).map(([name, { schema, default: fallback, doc }]) => [
      name,
      {
        description: doc,
        ...(fallback === undefined ? {} : { default: fallback }),
        ...settingSchema(schema),
      },
    ]),
  ),
  propertyNames: {},
  additionalProperties: false,
});

// A setting also takes a number as text, as the environment has it; its range is known of the number alone.
const settingSchema = (schema: z.ZodType): JsonSchema => {
  const parsed = z.toJSONSchema(schema, { target: "draft-7", unrepresentable: "any" }) as JsonSchema;
  if (parsed.type !== "integer") return withoutDialect(toJsonSchema(schema));
  return { anyOf: [withoutDialect(parsed), { type: "string", pattern: "^\\d+$" }] };
};

const withoutDialect = ({ $schema: _, ...schema }: JsonSchema): JsonSchema => schema;

const constraints = ["enum", "pattern", "format", "minLength", "maxLength"] as const;

/** The schema with a reference allowed wherever a number, a flag or a text of some form is asked for. */
const withReferences = (schema: JsonSchema): JsonSchema => {
  const { description, default: fallback, ...rest } = schema;
  if (takesReference(rest)) {
    const told = { ...(description === undefined ? {} : { description }) };
    return { ...told, ...(fallback === undefined ? {} : { default: fallback }), anyOf: [rest, reference] };
  }
  if (schema.anyOf?.some((part) => isSchema(part) && takesReference(part))) {
    const parts = schema.anyOf.map((part) =>
      isSchema(part) && !takesReference(part) ? withReferences(part) : part,
    );
    return { ...schema, anyOf: [...parts, reference] };
  }
  return mapParts(schema, withReferences);
};

const takesReference = (schema: JsonSchema): boolean =>
  schema.type === "number" ||
  schema.type === "integer" ||
  schema.type === "boolean" ||
  (schema.type === "string" && constraints.some((constraint) => constraint in schema));

type Change = (schema: JsonSchema) => JsonSchema;

const mapParts = (schema: JsonSchema, change: Change): JsonSchema => {
  const changed = { ...schema };
  const each = (part: unknown) => (isSchema(part) ? change(part) : part) as JsonSchema;
  if (schema.properties) changed.properties = mapValues(schema.properties, each);
  if (isSchema(schema.additionalProperties)) {
    changed.additionalProperties = change(schema.additionalProperties);
  }
  if (isSchema(schema.items)) changed.items = change(schema.items);
  if (schema.anyOf) changed.anyOf = schema.anyOf.map(each);
  if (schema.oneOf) changed.oneOf = schema.oneOf.map(each);
  return changed;
};

/** The schema with null where a heading may have all its entries commented out, so many levels deep. */
const mayBeEmpty = (schema: JsonSchema, levels: number): JsonSchema => {
  if (levels === 0 || schema.type !== "object") return schema;
  const each = (part: JsonSchema): JsonSchema => {
    const below = mayBeEmpty(part, levels - 1);
    if (typeof below.type === "string") {
      // The library's type has one name only, JSON Schema a list of them.
      return { ...below, type: [below.type, "null"] } as unknown as JsonSchema;
    }
    return below.anyOf ? { ...below, anyOf: [...below.anyOf, { type: "null" }] } : below;
  };
  const { properties = {}, additionalProperties: others } = schema;
  const changed = { ...schema, properties: mapValues(properties, (part) => each(part as JsonSchema)) };
  return isSchema(others) ? { ...changed, additionalProperties: each(others) } : changed;
};

const isSchema = (part: unknown): part is JsonSchema => typeof part === "object" && part !== null;

const mapValues = <Part, Changed>(
  parts: Readonly<Record<string, Part>>,
  change: (part: Part) => Changed,
): Record<string, Changed> =>
  Object.fromEntries(Object.entries(parts).map(([name, part]) => [name, change(part)]));
