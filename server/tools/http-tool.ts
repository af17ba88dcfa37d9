// Tools that broker.yaml describes: a JSON Schema and the HTTP request to make.
import { z } from "zod";
import { secretText } from "../secret-schema.ts";
import { placeholdersIn } from "./http-request.ts";
import { type JsonSchema, toolLimitFields } from "./tool.ts";

// What HTTP cannot carry would fail at each call, with the secret in the error's text.
export const headerName = z.string().regex(/^[\w!#$%&'*+.^`|~-]+$/, "is not a header's name");

/** The value of a fixed header, and a secret from then on. */
export const headerValue = secretText(
  z
    .string()
    .transform((value) => value.trim())
    .refine((value) => /^[\t\x20-\x7e\x80-\xff]*$/.test(value), {
      error: "has a character that a header cannot carry",
    })
    .refine((value) => placeholdersIn(value).length === 0, {
      error: "takes no {argument}: a caller must not steer a header",
    }),
);

const isTemplate = (url: string): boolean =>
  /^https?:\/\/[^/?#{}@\s]+(?:\/[^?#\s]*)?$/.test(url) && URL.canParse(url);

const requestSchema = z.strictObject({
  method: z.enum(["GET", "POST", "PUT", "PATCH", "DELETE"]).default("GET").describe("The HTTP method."),
  url: z
    .string()
    .refine(isTemplate, {
      error:
        "must be an http(s) address with a fixed host; {arguments} go into path segments, the rest under query",
    })
    .describe("Where to send it. {argument} may stand in path segments, and fills exactly one."),
  query: z
    .record(z.string(), z.union([z.string(), z.number(), z.boolean()]))
    .default({})
    .describe("Query parameters; {argument} may stand in values."),
  headers: z.record(headerName, headerValue).default({}).describe("Fixed headers, such as credentials."),
  body: z.json().optional().describe('JSON to send; "{argument}" becomes the argument itself.'),
});

/** One entry of `tools`. */
export const httpToolSchema = z
  .strictObject({
    description: z.string().min(1).describe("Tells the model when to use it."),
    parameters: z
      .looseObject({ type: z.literal("object").describe("An object: arguments have names.") })
      .default({ type: "object" })
      .describe("The arguments, as JSON Schema of an object."),
    request: requestSchema.describe("The request to make."),
    answer: z
      .string()
      .regex(/^(?:\/[^/]*)*$/, "must be a JSON pointer, such as /current")
      .optional()
      .describe("Which part of the JSON answer to keep, as a JSON pointer."),
    ...toolLimitFields,
  })
  .superRefine((tool, context) => {
    const schema = validatorFor(tool.parameters);
    if (typeof schema === "string") {
      context.addIssue({ code: "custom", path: ["parameters"], message: schema });
      return;
    }
    if (tool.request.body !== undefined && tool.request.method === "GET") {
      const message = "does not go with GET; set method to POST, PUT or PATCH";
      context.addIssue({ code: "custom", path: ["request", "body"], message });
    }
    const names = Object.keys(tool.parameters.properties ?? {});
    const required = [tool.parameters.required ?? []].flat();
    const unknown = placeholdersIn(tool.request).filter((name) => !names.includes(name));
    for (const name of new Set(unknown)) {
      const message = `{${name}} is not among the parameters`;
      context.addIssue({ code: "custom", path: ["request"], message });
    }
    for (const name of placeholdersIn(tool.request.url)) {
      if (required.includes(name)) continue;
      const message = `{${name}} stands in the path, so it must be listed as required`;
      context.addIssue({ code: "custom", path: ["parameters", "required"], message });
    }
  });

export type HttpToolConfig = z.output<typeof httpToolSchema>;

/** The schema with unknown arguments refused, unless it says otherwise. */
export const strictSchema = (schema: JsonSchema): JsonSchema => ({ additionalProperties: false, ...schema });

const validatorFor = (schema: JsonSchema): z.ZodType | string => {
  try {
    return z.fromJSONSchema(strictSchema(schema));
  } catch (error) {
    // Of what is no schema at all, the reader only says where it stumbled.
    return error instanceof Error && !(error instanceof TypeError) ? error.message : "is not a JSON Schema";
  }
};
