// JSON Schemas made of others: references and `allOf`.

export type Schema = Record<string, unknown>;

/** The schema, or an empty one (which takes anything) for `true` and what is none. */
export const asSchema = (value: unknown): Schema =>
  typeof value === "object" && value !== null && !Array.isArray(value) ? { ...value } : {};

export const isNumber = (value: unknown): value is number =>
  typeof value === "number" && Number.isFinite(value);

// References that lead to themselves, each several times, would take time without end.
const MOST_FOLLOWED = 200;

/** The schema with its `$ref` followed and its `allOf` put together. */
export const withoutReference = (schema: Schema, root: Schema, steps = { left: MOST_FOLLOWED }): Schema => {
  steps.left -= 1;
  if (steps.left < 0) return {};
  if (typeof schema.$ref === "string") {
    const { $ref, ...own } = schema;
    return withoutReference(combine(asSchema(findReference(String($ref), root)), own), root, steps);
  }
  if (!Array.isArray(schema.allOf)) return schema;
  const { allOf, ...own } = schema;
  return (allOf as unknown[]).reduce<Schema>(
    (all, part) => combine(all, withoutReference(asSchema(part), root, steps)),
    own,
  );
};

/** Both schemas at once; of two values of a keyword it takes the second, but for properties and what is required. */
export const combine = (first: Schema, second: Schema): Schema => {
  const properties = { ...asSchema(first.properties) };
  for (const [name, property] of Object.entries(asSchema(second.properties))) {
    const known = Object.hasOwn(properties, name) ? asSchema(properties[name]) : {};
    properties[name] = combine(known, asSchema(property));
  }
  const required = [first.required, second.required].filter(Array.isArray).flat();
  return {
    ...first,
    ...second,
    ...(Object.keys(properties).length > 0 && { properties }),
    ...(required.length > 0 && { required: [...new Set(required)] }),
  };
};

/** What `#` or `#/$defs/Name` points to; what lies outside the schema is not fetched. */
export const findReference = (reference: string, root: Schema): unknown => {
  const steps = reference.replace(/^#\/?/, "").split("/").filter(Boolean);
  return steps.reduce<unknown>((place, step) => {
    const name = decodeStep(step);
    if (Array.isArray(place)) return place[Number(name)];
    const schema = asSchema(place);
    return Object.hasOwn(schema, name) ? schema[name] : undefined;
  }, root);
};

const decodeStep = (step: string): string => {
  const plain = step.replaceAll("~1", "/").replaceAll("~0", "~");
  try {
    return decodeURIComponent(plain);
  } catch {
    return plain;
  }
};
