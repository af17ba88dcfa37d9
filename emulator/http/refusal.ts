// OpenAI's error for the field of a request that a schema did not accept.
import type { z } from "zod";
import { OpenAiError } from "./openai-error.ts";

/** Parses `value`, or throws OpenAI's 400 for its first mistake. `root` names the value in the message. */
export const accept = <T extends z.ZodType>(schema: T, value: unknown, root = ""): z.output<T> => {
  const result = schema.safeParse(value, { reportInput: true });
  if (result.success) return result.data;
  const [first] = unknownFirst(result.error.issues);
  if (!first) throw new OpenAiError(400, "invalid_value", "Invalid request.");
  throw refuse(first, root ? [root] : []);
};

// OpenAI reports an unknown field before it reports a wrong value.
const unknownFirst = (issues: z.core.$ZodIssue[]): z.core.$ZodIssue[] =>
  issues.toSorted((a, b) => Number(b.code === "unrecognized_keys") - Number(a.code === "unrecognized_keys"));

const refuse = (issue: z.core.$ZodIssue, root: PropertyKey[]): OpenAiError => {
  const path = [...root, ...issue.path];
  const param = nameOf(path);
  if (issue.code === "unrecognized_keys") {
    const unknown = nameOf([...path, issue.keys[0] ?? ""]);
    return new OpenAiError(400, "unknown_parameter", `Unknown parameter: '${unknown}'.`, unknown);
  }
  if (issue.input === undefined && issue.code !== "invalid_union") return missing(param);
  if (issue.code === "invalid_union") return refuseUnion(issue, path);
  if (issue.code === "invalid_type") {
    const message = `Invalid type for '${param}': expected ${issue.expected}, but got ${kindOf(issue.input)} instead.`;
    return new OpenAiError(400, "invalid_type", message, param);
  }
  if (issue.code === "invalid_value") {
    const supported = issue.values.map((value) => `'${String(value)}'`).join(", ");
    const message = `Invalid value: '${String(issue.input)}'. Supported values are: ${supported}.`;
    return new OpenAiError(400, "invalid_value", message, param);
  }
  return new OpenAiError(400, "invalid_value", `Invalid value for '${param}': ${issue.message}.`, param);
};

const refuseUnion = (issue: z.core.$ZodIssueInvalidUnion, path: PropertyKey[]): OpenAiError => {
  if (issue.discriminator !== undefined) {
    // zod puts the discriminator's own name into the path.
    const given = isObject(issue.input) ? issue.input[issue.discriminator] : issue.input;
    const param = nameOf(path.at(-1) === issue.discriminator ? path : [...path, issue.discriminator]);
    if (given === undefined) return missing(param);
    return new OpenAiError(400, "invalid_value", `Invalid value: '${String(given)}'.`, param);
  }
  // The branch that matched deepest is the most likely one.
  const deepest = issue.errors
    .flatMap((branch) => unknownFirst(branch).slice(0, 1))
    .toSorted((a, b) => weight(b) - weight(a))[0];
  if (deepest && weight(deepest) > 0) return refuse(deepest, path);
  return new OpenAiError(400, "invalid_value", `Invalid value for '${nameOf(path)}'.`, nameOf(path));
};

const weight = (issue: z.core.$ZodIssue): number =>
  issue.path.length + (issue.code === "unrecognized_keys" ? 1 : 0);

const missing = (param: string): OpenAiError =>
  new OpenAiError(400, "missing_required_parameter", `Missing required parameter: '${param}'.`, param);

const nameOf = (path: PropertyKey[]): string =>
  path.reduce<string>((name, key) => {
    if (typeof key === "number") return `${name}[${key}]`;
    return name ? `${name}.${String(key)}` : String(key);
  }, "");

const kindOf = (value: unknown): string => {
  if (value === null) return "null";
  return Array.isArray(value) ? "an array" : typeof value;
};

const isObject = (value: unknown): value is Record<string, unknown> =>
  typeof value === "object" && value !== null;
