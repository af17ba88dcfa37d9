// OpenAI's rules for schemas that it follows strictly (`strict: true`).
import { OpenAiError } from "../http/openai-error.ts";
import { asSchema, type Schema } from "./combine.ts";

export interface Subject {
  /** As it stands in OpenAI's message, such as `function 'get_weather'`. */
  title: string;
  param: string;
  code: string | null;
}

const FORBIDDEN = ["allOf", "oneOf", "not", "if", "then", "else", "dependentRequired", "dependentSchemas"];

/** Throws OpenAI's 400 where the root is no object. */
export const checkRoot = (schema: Schema, subject: Subject): void => {
  if (schema.type === "object") return;
  const got = `'type: "${String(schema.type ?? "None")}"'`;
  throw refusal(subject, `schema must be a JSON Schema of 'type: "object"', got ${got}.`);
};

/** Throws OpenAI's 400 for the first part of the schema that breaks a rule. */
export const checkStrict = (schema: Schema, subject: Subject): void => {
  checkRoot(schema, subject);
  check(schema, [], subject);
};

const check = (schema: Schema, path: readonly string[], subject: Subject): void => {
  const refuse = (fault: string): OpenAiError =>
    refusal(subject, `In context=(${path.map((step) => `'${step}'`).join(", ")}), ${fault}`);
  const forbidden = FORBIDDEN.find((keyword) => keyword in schema);
  if (forbidden) throw refuse(`'${forbidden}' is not permitted.`);
  if (!["type", "anyOf", "$ref", "enum", "const"].some((keyword) => keyword in schema))
    throw refuse("schema must have a 'type' key.");
  if (schema.type === "object") checkObject(schema, refuse);
  for (const [name, part] of partsOf(schema)) check(asSchema(part), [...path, ...name], subject);
};

const checkObject = (schema: Schema, refuse: (fault: string) => OpenAiError): void => {
  if (schema.additionalProperties !== false)
    throw refuse("'additionalProperties' is required to be supplied and to be false.");
  const required: unknown[] = Array.isArray(schema.required) ? schema.required : [];
  const optional = Object.keys(asSchema(schema.properties)).find((name) => !required.includes(name));
  if (optional === undefined) return;
  throw refuse(
    `'required' is required to be supplied and to be an array including every key in properties. Missing '${optional}'.`,
  );
};

const partsOf = (schema: Schema): [string[], unknown][] => [
  ...["properties", "$defs", "definitions"].flatMap((keyword) =>
    Object.entries(asSchema(schema[keyword])).map(([name, part]): [string[], unknown] => [
      [keyword, name],
      part,
    ]),
  ),
  ...(schema.items === undefined ? [] : [[["items"], schema.items] as [string[], unknown]]),
  ...(Array.isArray(schema.anyOf)
    ? schema.anyOf.map((part, index): [string[], unknown] => [["anyOf", String(index)], part])
    : []),
];

const refusal = ({ title, param, code }: Subject, fault: string): OpenAiError =>
  new OpenAiError(400, code, `Invalid schema for ${title}: ${fault}`, param);
