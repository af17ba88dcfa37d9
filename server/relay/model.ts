// Finds the model that a request's body names. Two readers must not find two: OpenAI would use the one we did not check.
import { Failure } from "../failure.ts";
import { findKeyErrors, MAX_DEPTH } from "../json-keys.ts";
import type { FormField } from "./texts.ts";

const LONGEST_NAME = 256;

/** The `model` of a JSON body. Throws `request-malformed`. */
export const modelInJson = (bytes: Buffer): { value: unknown; model: string | undefined } => {
  const text = bytes.toString("utf8");
  const value = parse(text);
  if (typeof value !== "object" || value === null || Array.isArray(value)) {
    throw new Failure("request-malformed", "The body must be a JSON object.");
  }
  if (mayRepeat(text)) refuseRepeated(text);
  return { value, model: nameOf((value as Record<string, unknown>).model) };
};

/** The `model` of a form's body, and all its fields. Throws `request-malformed`. */
export const modelInForm = async (
  bytes: Buffer,
  contentType: string,
): Promise<{ model: string | undefined; fields: FormField[] }> => {
  const form = await new Response(new Uint8Array(bytes), { headers: { "content-type": contentType } })
    .formData()
    .catch((cause: unknown) => {
      throw new Failure("request-malformed", "The form cannot be read.", { cause });
    });
  const [model, another] = form.getAll("model");
  if (another !== undefined) throw new Failure("request-malformed", "The form names two models.");
  const fields = [...form].map(([name, value]) => ({
    name,
    value: typeof value === "string" ? value : undefined,
  }));
  return { model: nameOf(model), fields };
};

const parse = (text: string): unknown => {
  try {
    return JSON.parse(text);
  } catch (cause) {
    throw new Failure("request-malformed", "The body is not JSON.", { cause });
  }
};

// Looking at every key takes longer than everything else; without a second mention, or one that is disguised, nothing repeats.
const mayRepeat = (text: string): boolean => {
  const first = text.indexOf('"model"');
  return text.indexOf('"model"', first + 1) !== -1 || text.includes("\\u00");
};

const refuseRepeated = (text: string): void => {
  const errors = findKeyErrors(text);
  if (!errors) throw new Failure("request-malformed", `The body nests more than ${MAX_DEPTH} deep.`);
  if (errors.some(({ pointer }) => pointer === "/model")) {
    throw new Failure("request-malformed", "The body names two models.");
  }
};

const nameOf = (value: unknown): string | undefined => {
  if (value === undefined || value === null) return undefined;
  if (typeof value === "string" && value.length <= LONGEST_NAME) return value;
  throw new Failure("request-malformed", "`model` must be a name.");
};
