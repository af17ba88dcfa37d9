// The names and values of a query string, judged by a schema.
import type { z } from "zod";
import { Failure, type FailureCode } from "../../failures/failure.ts";
import { inputErrorsOf } from "../../json/input-errors.ts";
import { parseInput } from "../../json/parse-input.ts";
import { jsonPointer } from "../../json/pointer.ts";

/** Each name may be given once. Throws the failure of that code, which points at what is wrong. */
export const readQuery = <Schema extends z.ZodType>(
  schema: Schema,
  query: string,
  code: FailureCode,
): z.output<Schema> => {
  const pairs = [...new URLSearchParams(query)];
  const names = new Set<string>();
  const repeated = pairs.map(([name]) => name).find((name) => names.size === names.add(name).size);
  if (repeated !== undefined) {
    const errors = [{ pointer: jsonPointer([repeated]), detail: "is given more than once" }];
    throw new Failure(code, undefined, { errors });
  }
  const parsed = parseInput(schema, Object.fromEntries(pairs));
  if (parsed.success) return parsed.data;
  throw new Failure(code, undefined, {
    errors: inputErrorsOf(parsed.error, { unknownName: "is not known here" }),
  });
};
