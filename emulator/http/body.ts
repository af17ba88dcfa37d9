// Reads a request's JSON, or refuses it as OpenAI does.
import type { HonoRequest } from "hono";
import { OpenAiError } from "./openai-error.ts";

/** The parsed body; an empty one counts as `{}`. */
export const readJson = async (request: HonoRequest): Promise<unknown> => {
  const text = await request.text();
  return text === "" ? {} : parseJson(text);
};

export const parseJson = (text: string): unknown => {
  try {
    return JSON.parse(text);
  } catch {
    throw new OpenAiError(
      400,
      null,
      "We could not parse the JSON body of your request. (HINT: This likely means you aren't using your HTTP library correctly. The OpenAI API expects a JSON payload, but what was sent was not valid JSON.)",
    );
  }
};
