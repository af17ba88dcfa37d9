// An entry of `openapi`: the description of an API, and which of its operations become tools.
import { z } from "zod";
import { hasCredentials, NO_CREDENTIALS } from "../../net/url-credentials.ts";
import { headerName, headerValue } from "../http-tool.ts";
import { toolLimitFields } from "../tool.ts";

const address = z.string().refine((text) => /^https?:\/\/[^?#@\s]+$/.test(text) && URL.canParse(text), {
  error: "must be an http(s) address without query; credentials go under headers",
});

export const openApiSourceSchema = z.strictObject({
  document: z
    .string()
    .min(1)
    .refine((place) => !hasCredentials(place), NO_CREDENTIALS)
    .describe("The description's address, or its file; JSON or YAML."),
  operations: z
    .array(z.string().min(1))
    .min(1)
    .max(100)
    .describe("Which operations become tools, by operationId."),
  base_url: address.optional().describe("Where the API is; by default the description's first server."),
  headers: z
    .record(headerName, headerValue)
    .default({})
    .describe("Fixed headers of each call, such as credentials."),
  ...toolLimitFields,
});

export type OpenApiSource = z.output<typeof openApiSourceSchema>;
