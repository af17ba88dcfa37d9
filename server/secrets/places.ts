// Where a schema has secrets, and the texts that a document has there. Pure.
import { z } from "zod";
import { isJsonRecord } from "../json/record.ts";
import { type SecretTraits, secretTraits } from "../secret-schema.ts";

/** The places of secrets below one place of the configuration. */
export interface SecretPlaces {
  /** What is known of the secret that stands here itself. */
  traits?: SecretTraits | undefined;
  fields: ReadonlyMap<string, SecretPlaces>;
  /** Below every other field, or every entry of a list. */
  each?: SecretPlaces | undefined;
}

/** Replaces one secret's text; `path` leads to it from the document's top. */
export type ChangeSecret = (text: string, path: readonly PropertyKey[], traits: SecretTraits) => unknown;

/** Looks for secrets in the schema and all of its parts. Undefined where there are none. */
export const secretPlacesIn = (schema: z.core.$ZodType): SecretPlaces | undefined => placesIn(schema, []);

const placesIn = (schema: z.core.$ZodType, above: readonly z.core.$ZodType[]): SecretPlaces | undefined => {
  const traits = secretTraits(schema);
  if (traits) return { traits, fields: new Map() };
  // A schema that contains itself, such as that of any JSON.
  if (above.includes(schema)) return undefined;
  const within = [...above, schema];
  const below = (part: z.core.$ZodType) => placesIn(part, within);
  if (schema instanceof z.ZodObject) {
    const fields = Object.entries(schema.shape).flatMap(([name, part]): [string, SecretPlaces][] => {
      const places = below(part as z.ZodType);
      return places ? [[name, places]] : [];
    });
    return fields.length > 0 ? { fields: new Map(fields) } : undefined;
  }
  if (schema instanceof z.ZodRecord) return eachOf(below(schema.valueType));
  if (schema instanceof z.ZodArray) return eachOf(below(schema.element));
  if (schema instanceof z.ZodUnion) return united(schema.options.map(below));
  if (schema instanceof z.ZodIntersection) return united([below(schema.def.left), below(schema.def.right)]);
  if (schema instanceof z.ZodPipe) return united([below(schema.in), below(schema.out)]);
  if (schema instanceof z.ZodLazy) return below(schema.unwrap());
  const { innerType } = schema._zod.def as { innerType?: z.core.$ZodType };
  return innerType && below(innerType);
};

const eachOf = (each: SecretPlaces | undefined): SecretPlaces | undefined =>
  each && { fields: new Map(), each };

const united = (parts: readonly (SecretPlaces | undefined)[]): SecretPlaces | undefined =>
  parts.reduce((one, other) => {
    if (!one || !other) return one ?? other;
    const names = new Set([...one.fields.keys(), ...other.fields.keys()]);
    return {
      traits: one.traits ?? other.traits,
      fields: new Map(
        [...names].flatMap((name): [string, SecretPlaces][] => {
          const places = united([one.fields.get(name), other.fields.get(name)]);
          return places ? [[name, places]] : [];
        }),
      ),
      each: united([one.each, other.each]),
    };
  }, undefined);

/** The document with each text at a secret's place changed. What is no text is left to the schema's own judgement. */
export const changeSecrets = (
  node: unknown,
  places: SecretPlaces | undefined,
  change: ChangeSecret,
  path: readonly PropertyKey[] = [],
): unknown => {
  if (!places) return node;
  if (typeof node === "string") return places.traits ? change(node, path, places.traits) : node;
  if (Array.isArray(node)) {
    return node.map((part, index) => changeSecrets(part, places.each, change, [...path, index]));
  }
  if (!isJsonRecord(node)) return node;
  return Object.fromEntries(
    Object.entries(node).map(([name, part]) => [
      name,
      changeSecrets(part, places.fields.get(name) ?? places.each, change, [...path, name]),
    ]),
  );
};
