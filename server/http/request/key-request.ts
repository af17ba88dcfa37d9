// The key request in a query or a body, checked against its schema.
import { z } from "zod";
import { Failure } from "../../failures/failure.ts";
import { inputErrorsOf } from "../../json/input-errors.ts";
import { parseInput } from "../../json/parse-input.ts";
import { jsonPointer } from "../../json/pointer.ts";
import { type LimitedBody, readJsonBody } from "./body.ts";

/** A key request is small. */
export const KEY_REQUEST_BYTES = 64 * 1024;

const profile = z.string().max(64).optional().describe("The profile to use; `default` when left out.");

export const keyRequestQuery = z.strictObject({ profile });

export const keyRequestBody = z.strictObject({
  profile,
  session: z
    .record(z.string(), z.unknown())
    .optional()
    .describe("Session fields to override, of those that the profile's `overrides` allow."),
});

/** The key request in a query string. Throws `key-request-invalid`. */
export const readKeyRequestQuery = (query: string): z.output<typeof keyRequestQuery> =>
  query === "" ? {} : readQuery(keyRequestQuery, query);

/** Names and values, each name once. Throws `key-request-invalid`. */
export const readQuery = <T>(schema: z.ZodType<T>, query: string): T => {
  const pairs = [...new URLSearchParams(query)];
  const names = new Set<string>();
  const repeated = pairs.map(([name]) => name).find((name) => names.size === names.add(name).size);
  if (repeated === undefined) return checkKeyRequest(schema, Object.fromEntries(pairs));
  const errors = [{ pointer: jsonPointer([repeated]), detail: "is given more than once" }];
  throw new Failure("key-request-invalid", undefined, { errors });
};

/** The JSON object in a body. Throws `key-request-invalid`, or what reading the body throws. */
export const readKeyRequestBody = async <T>(
  schema: z.ZodType<T>,
  body: LimitedBody | undefined,
): Promise<T> => {
  const { value, errors } = await readJsonBody(body);
  if (errors.length > 0) throw new Failure("key-request-invalid", undefined, { errors });
  return checkKeyRequest(schema, value);
};

const checkKeyRequest = <T>(schema: z.ZodType<T>, value: unknown): T => {
  const parsed = parseInput(schema, value);
  if (parsed.success) return parsed.data;
  const errors = inputErrorsOf(parsed.error, { unknownName: "is not known here" });
  throw new Failure("key-request-invalid", undefined, { errors });
};
