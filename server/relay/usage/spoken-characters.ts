// How long the text is that a request has spoken: some models are billed by its characters, and OpenAI's answer tells no usage.
import { isJsonRecord } from "../../json/record.ts";
import type { ReadBody } from "../request-body.ts";

/** Undefined for other requests, and where the text cannot be read. */
export const spokenCharacters = (path: string, body: ReadBody | undefined): number | undefined => {
  if (path !== "/v1/audio/speech" || !body || body.isTooLargeToParse) return undefined;
  try {
    return body.withContent(({ json }) => {
      const input = isJsonRecord(json) ? json.input : undefined;
      return typeof input === "string" ? [...input].length : undefined;
    });
  } catch {
    // There is no memory for it. The request itself needs none.
    return undefined;
  }
};
