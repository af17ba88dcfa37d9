// A JSON body judged by a schema.
import type { z } from "zod";
import { Failure, type FailureCode } from "../../failures/failure.ts";
import { inputErrorsOf } from "../../json/input-errors.ts";
import { parseInput } from "../../json/parse-input.ts";
import { type LimitedBody, readJsonBody } from "./body.ts";

/** The JSON object in a body. Throws the failure of that code, which points at what is wrong, or what reading the body throws. */
export const readJsonBy = async <Schema extends z.ZodType>(
  schema: Schema,
  body: LimitedBody | undefined,
  code: FailureCode,
): Promise<z.output<Schema>> => {
  const { value, errors } = await readJsonBody(body);
  if (errors.length > 0) throw new Failure(code, undefined, { errors });
  const parsed = parseInput(schema, value);
  if (parsed.success) return parsed.data;
  throw new Failure(code, undefined, {
    errors: inputErrorsOf(parsed.error, { unknownName: "is not known here" }),
  });
};
