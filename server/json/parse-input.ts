// Judges an input by a zod schema, and words what is wrong for users: zod's own words are for programmers.
import { z } from "zod";
import { nearestName } from "../names.ts";

/** `schema.safeParse`, with our words wherever the schema has none of its own. */
export const parseInput = <Schema extends z.ZodType>(schema: Schema, input: unknown) =>
  schema.safeParse(input, { error: describe });

/** Of a union, one of whose branches says more: `faultsOf` has that branch speak. */
export const SEE_BRANCHES = "must have one of its possible forms";

// A part of the input itself never stands in a message: it may be a secret.
const describe = (issue: z.core.$ZodRawIssue): string => {
  if (issue.code === "unrecognized_keys") return knownNames(issue.inst);
  const { input } = issue;
  if (issue.code === "invalid_union") {
    const { discriminator, options } = issue;
    if (discriminator !== undefined)
      return describeKind(discriminator, Array.isArray(options) ? options : [], input);
    if (input === undefined) return "is missing";
    if (issue.errors.length === 0) return "fits more than one of its possible forms";
    const isSomeFormMet = issue.errors.some((branch) => !isOtherForm(branch));
    return isSomeFormMet
      ? SEE_BRANCHES
      : `must be ${orList(issue.errors.flatMap(expectationsOf))}${butIs(input)}`;
  }
  if (input === undefined && issue.code !== "custom") return "is missing";
  switch (issue.code) {
    case "invalid_type":
      return issue.expected === "never"
        ? "must not be given"
        : `must be ${nounOf(issue.expected)}${butIs(input)}`;
    case "invalid_value":
      return `must be ${orList(issue.values.map(written))}${meant(input, issue.values)}`;
    case "too_small":
      return tooSmall(issue);
    case "too_big":
      return `must ${sized(issue.origin, issue.maximum, issue.exact ? "exactly" : issue.inclusive ? "at most" : "less than")}`;
    case "invalid_format":
      return describeFormat(issue);
    case "not_multiple_of":
      return `must be a multiple of ${issue.divisor}`;
    default:
      return "is not valid";
  }
};

const nouns: Record<string, string> = {
  string: "a string",
  number: "a number",
  int: "a whole number",
  boolean: "true or false",
  array: "a list",
  object: "an object",
  record: "an object",
  tuple: "a list",
  null: "null",
  date: "a date",
};

const nounOf = (type: string): string => nouns[type] ?? type;

const butIs = (input: unknown): string => {
  if (input === null) return ", not null";
  if (Array.isArray(input)) return ", not a list";
  if (typeof input === "boolean") return `, not ${input}`;
  if (typeof input === "number") return Number.isInteger(input) ? ", not a number" : `, not ${input}`;
  return `, not ${nouns[typeof input] ?? "something else"}`;
};

/** Whether a union's branch is for another type or another constant, so that it has nothing to say of this input. */
export const isOtherForm = (branch: readonly z.core.$ZodIssue[]): boolean =>
  branch.some(({ path, code }) => path.length === 0 && (code === "invalid_type" || code === "invalid_value"));

const expectationsOf = (branch: readonly z.core.$ZodIssue[]): string[] =>
  branch.flatMap((issue) => {
    if (issue.code === "invalid_type") return [nounOf(issue.expected)];
    return issue.code === "invalid_value" ? issue.values.map(written) : [];
  });

const describeKind = (field: string, options: readonly unknown[], input: unknown): string => {
  const kinds = orList(options.map(written));
  const kind = typeof input === "object" && input !== null ? Reflect.get(input, field) : undefined;
  return kind === undefined ? `is missing; it must be ${kinds}` : `must be ${kinds}${meant(kind, options)}`;
};

// Constants as they are typed: quoted where YAML or JSON would take them for something else.
const written = (value: unknown): string =>
  typeof value === "string" && /^[A-Za-z][\w./:-]*$/.test(value) && !/^(?:true|false|null)$/.test(value)
    ? value
    : typeof value === "bigint"
      ? String(value)
      : JSON.stringify(value);

const meant = (input: unknown, values: readonly unknown[]): string => {
  const texts = values.filter((value) => typeof value === "string");
  const near = typeof input === "string" ? nearestName(input, texts) : undefined;
  return near === undefined ? "" : `; did you mean ${near}?`;
};

const orList = (parts: readonly string[]): string =>
  new Intl.ListFormat("en-GB", { type: "disjunction" }).format(new Set(parts));

type TooSmall = Extract<z.core.$ZodRawIssue, { code: "too_small" }>;

const tooSmall = ({ origin, minimum, exact, inclusive }: TooSmall): string => {
  if (origin in units && !exact && minimum === 1) return "must not be empty";
  return `must ${sized(origin, minimum, exact ? "exactly" : inclusive ? "at least" : "more than")}`;
};

const units: Record<string, string> = { string: "character", array: "item", set: "item", map: "entry" };

const sized = (origin: string, limit: number | bigint, relation: string): string => {
  const unit = units[origin];
  return unit === undefined
    ? `be ${relation} ${limit}`
    : `have ${relation} ${limit} ${unit}${Number(limit) === 1 ? "" : "s"}`;
};

const formats: Record<string, string> = {
  email: "an email address",
  url: "an address such as https://example.com",
  uuid: "a UUID",
  datetime: "a date and time such as 2026-11-20T12:00:00Z",
  date: "a date such as 2026-11-20",
  time: "a time such as 12:00:00",
  duration: "a duration such as PT5M",
  ipv4: "an IPv4 address",
  ipv6: "an IPv6 address",
  json_string: "JSON",
  base64: "base64",
};

type InvalidFormat = Extract<z.core.$ZodRawIssue, { code: "invalid_format" }>;

const describeFormat = (issue: InvalidFormat): string => {
  const { format } = issue;
  if (format === "starts_with") return `must begin with ${issue.prefix}`;
  if (format === "ends_with") return `must end with ${issue.suffix}`;
  if (format === "includes") return `must contain ${issue.includes}`;
  if (format === "regex" && issue.pattern !== undefined) return `must match ${issue.pattern}`;
  return formats[format] === undefined ? "has not the right form" : `must be ${formats[format]}`;
};

// The names that there are, for `faultsOf`: which of them was meant differs from name to name.
const knownNames = (schema: unknown): string =>
  schema instanceof z.ZodObject ? Object.keys(schema.shape).join("\n") : "";
