// The page of broker.yaml, with every field that its JSON Schema has.
import { brokerFileJsonSchema, type JsonSchema } from "../../server/config/json-schema.ts";
import { code, page, plain, table } from "./markdown.ts";

interface Field {
  path: string;
  schema: JsonSchema;
  isRequired: boolean;
}

export const brokerYamlPage = (): string =>
  page(
    "broker.yaml",
    `Every part may be left out. \`\${NAME}\` takes a value from the environment, also for a number or a flag; \`$\${NAME}\` is the text
itself. A mistake stops the start, and all mistakes are named at once; \`npx broker check\` names them without a start.`,
    `Editors with a YAML language server complete and check the file by its first line,
\`# yaml-language-server: $schema=./broker.schema.json\`. \`npx broker init\` writes that schema beside it, and \`npx broker schema\` prints it.`,
    "A `*` stands for a name that you choose, `[]` for each entry of a list.",
    ...Object.entries(brokerFileJsonSchema().properties ?? {}).flatMap(([name, part]) =>
      section(name, part as JsonSchema),
    ),
  );

const section = (name: string, schema: JsonSchema): string[] => {
  const heading = [`## ${name}`, plain(schema.description ?? "")];
  if (name === "settings") return [...heading, "See [settings](settings.md)."];
  const fields = fieldsOf(schema, "");
  if (fields.length === 0) return [...heading, `It is a ${kindOf(schema)}.`];
  return [
    ...heading,
    fieldTable(fields.filter(({ path }) => !path.includes("session."))),
    ...sessions(fields),
  ];
};

// OpenAI's own object: the fields are its, and so is their meaning.
const sessions = (fields: readonly Field[]): string[] => {
  const session = fields.find(({ path }) => path === "*.session");
  return (session?.schema.oneOf ?? []).flatMap((part) => {
    const schema = part as JsonSchema;
    const { const: type } = (schema.properties?.type ?? {}) as JsonSchema;
    return [
      `### A session of type ${String(type)}`,
      "As [OpenAI's API](https://developers.openai.com/api/reference/resources/realtime) describes it. A field that is not listed is refused by name.",
      table(
        ["Field of `session`", "Type"],
        fieldsOf(schema, "").map((field) => [nameOf(field), kindOf(field.schema)]),
      ),
    ];
  });
};

const fieldTable = (fields: readonly Field[]): string =>
  table(
    ["Field", "Type", "Default", "What it is"],
    fields.map((field) => [
      nameOf(field),
      kindOf(field.schema),
      field.isRequired ? "required" : defaultOf(field.schema),
      plain(field.schema.description ?? ""),
    ]),
  );

const nameOf = ({ path }: Field): string => code(path);

/** The fields below, each with its path. */
const fieldsOf = (schema: JsonSchema, path: string): Field[] => {
  const { properties = {}, additionalProperties, items, anyOf = [], required = [] } = schema;
  const own = Object.entries(properties).flatMap(([name, part]) => {
    const at = path === "" ? name : `${path}.${name}`;
    return [
      { path: at, schema: part as JsonSchema, isRequired: required.includes(name) },
      ...fieldsOf(part as JsonSchema, at),
    ];
  });
  const below = (part: unknown, at: string): Field[] =>
    typeof part === "object" && part !== null ? fieldsOf(part as JsonSchema, at) : [];
  return [
    ...own,
    ...below(additionalProperties, path === "" ? "*" : `${path}.*`),
    ...below(items, `${path}[]`),
    ...anyOf.flatMap((part) => below(part, path)),
  ];
};

const defaultOf = ({ default: fallback }: JsonSchema): string => {
  if (fallback === undefined) return "—";
  if (Array.isArray(fallback)) return fallback.map((entry) => code(String(entry))).join(", ") || "none";
  if (typeof fallback === "object") return "—";
  return code(String(fallback));
};

const kindOf = (schema: JsonSchema): string => {
  const { const: only, enum: choices, anyOf, oneOf, items } = schema;
  const type = [schema.type].flat().find((name) => (name as unknown) !== "null");
  if (only !== undefined) return code(String(only));
  if (choices) return choices.map((choice) => code(String(choice))).join(", ");
  const parts = (anyOf ?? oneOf ?? []).filter((part) => !isReference(part as JsonSchema));
  if (parts.length > 0) return [...new Set(parts.map((part) => kindOf(part as JsonSchema)))].join(" or ");
  if (type === "array") return `list of: ${kindOf((items ?? {}) as JsonSchema)}`;
  if (type === "integer" || type === "number") return numberOf(schema);
  if (type === "boolean") return "true or false";
  if (type === "string") return textOf(schema);
  if (type === "object") return schema.properties ? "fields" : "by name";
  return "any value";
};

const isReference = ({ $ref, type }: JsonSchema): boolean =>
  $ref === "#/definitions/reference" || $ref === "#/definitions/secret" || type === "null";

const numberOf = ({ type, minimum, maximum, exclusiveMinimum }: JsonSchema): string => {
  const kind = type === "integer" ? "whole number" : "number";
  const isBounded = maximum !== undefined && maximum < Number.MAX_SAFE_INTEGER;
  if (exclusiveMinimum !== undefined) {
    return `${kind}, more than ${exclusiveMinimum}${isBounded ? `, up to ${maximum}` : ""}`;
  }
  if (minimum === undefined || minimum <= Number.MIN_SAFE_INTEGER) return kind;
  return isBounded ? `${kind}, ${minimum} to ${maximum}` : `${kind}, ${minimum} or more`;
};

const textOf = ({ pattern, format, minLength }: JsonSchema): string => {
  if (pattern?.startsWith("^(none|")) return "rates, or `none`";
  const prefix = /^\^(?:\((?<words>[\w:|]+)\)|(?<word>\w+:))/.exec(pattern ?? "")?.groups;
  if (prefix?.words !== undefined)
    return prefix.words
      .split("|")
      .map((word) => code(`${word}…`))
      .join(", ");
  if (format === "uri") return "address";
  return minLength !== undefined && minLength > 1 ? `text of ${minLength} characters or more` : "text";
};
