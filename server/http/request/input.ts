// Reads a query or a body by its schema, and says of each part what is wrong with it.
import type { z } from "zod";
import { Failure, type FailureCode } from "../../failures/failure.ts";
import { inputErrorsOf } from "../../json/input-errors.ts";
import { parseInput } from "../../json/parse-input.ts";
import { jsonPointer } from "../../json/pointer.ts";
import { type LimitedBody, readJsonBody } from "./body.ts";

/** Names and values of a query string, each name once. Throws the failure `code`. */
export const readQueryBy = <T>(schema: z.ZodType<T>, query: string, code: FailureCode): T => {
  const pairs = [...new URLSearchParams(query)];
  const names = new Set<string>();
  const repeated = pairs.map(([name]) => name).find((name) => names.size === names.add(name).size);
  if (repeated === undefined) return check(schema, Object.fromEntries(pairs), code);
  const errors = [{ pointer: jsonPointer([repeated]), detail: "is given more than once" }];
  throw new Failure(code, undefined, { errors });
};

/** The JSON object in a body. Throws the failure `code`, or what reading the body throws. */
export const readBodyBy = async <T>(
  schema: z.ZodType<T>,
  body: LimitedBody | undefined,
  code: FailureCode,
): Promise<T> => {
  const { value, errors } = await readJsonBody(body);
  if (errors.length > 0) throw new Failure(code, undefined, { errors });
  return check(schema, value, code);
};

const check = <T>(schema: z.ZodType<T>, value: unknown, code: FailureCode): T => {
  const parsed = parseInput(schema, value);
  if (parsed.success) return parsed.data;
  throw new Failure(code, undefined, { errors: inputErrorsOf(parsed.error, { unknownName: "is not known here" }) });
};
