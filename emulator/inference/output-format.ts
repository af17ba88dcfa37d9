// The format of a text answer: what OpenAI refuses about it, for both endpoints.
import { z } from "zod";
import { OpenAiError } from "../http/openai-error.ts";
import { asSchema } from "../schema/combine.ts";
import { checkRoot, checkStrict } from "../schema/strict.ts";
import type { OutputFormat, Said } from "./conversation.ts";

export const namedSchema = z.object({
  name: z
    .string()
    .max(64)
    .regex(
      /^[\w-]+$/,
      "string does not match pattern. Expected a string that matches the pattern '^[a-zA-Z0-9_-]+$'",
    ),
  schema: z.record(z.string(), z.unknown()).nullish(),
  strict: z.boolean().nullish(),
});

/** Throws OpenAI's 400 for a schema that it does not take. */
export const readSchema = (
  { name, schema, strict }: z.output<typeof namedSchema>,
  param: string,
): OutputFormat => {
  const subject = { title: `response_format '${name}'`, param, code: "invalid_json_schema" };
  const checked = asSchema(schema);
  if (strict) checkStrict(checked, subject);
  else if (schema) checkRoot(checked, subject);
  return { type: "json_schema", schema: checked };
};

/** Throws OpenAI's 400 where JSON is wanted without a schema and no message says so. */
export const checkJsonWanted = (
  format: OutputFormat,
  said: readonly Said[],
  field: string,
  param: string,
): void => {
  if (format.type !== "json_object" || said.some(({ text }) => /json/i.test(text))) return;
  const message = `'${field}' must contain the word 'json' in some form, to use '${param}' of type 'json_object'.`;
  throw new OpenAiError(400, null, message, field);
};
