// Reads a request's multipart body, or refuses it as OpenAI does.
import type { Context } from "hono";
import { OpenAiError } from "./openai-error.ts";

// The body was read already, to be recorded.
export const readForm = async (c: Context): Promise<FormData> => {
  const headers = { "content-type": c.req.header("content-type") ?? "" };
  try {
    return await new Response(await c.req.arrayBuffer(), { headers }).formData();
  } catch {
    throw new OpenAiError(400, null, "We could not parse the multipart body of your request.");
  }
};

/** The field's file; throws OpenAI's 400 where there is none. */
export const fileOf = (form: FormData, field: string): File => {
  const file = form.get(field);
  if (file instanceof File) return file;
  throw missingField(field);
};

/** The fields that are text; one that comes several times, or as `name[]`, as a list. */
export const textFields = (form: FormData): Record<string, string | string[]> => {
  const fields = new Map<string, string | string[]>();
  for (const key of new Set(form.keys())) {
    const values = form.getAll(key).filter((value) => typeof value === "string");
    const [first] = values;
    if (first === undefined) continue;
    fields.set(key.replace(/\[\]$/, ""), key.endsWith("[]") || values.length > 1 ? values : first);
  }
  return Object.fromEntries(fields);
};

export const missingField = (field: string): OpenAiError =>
  new OpenAiError(400, "missing_required_parameter", `Missing required parameter: '${field}'.`, field);
