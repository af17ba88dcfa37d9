// Strings within a JSON Schema's format, pattern and length; without these, a usual value by the property's name.
import { createRequire } from "node:module";
import { OpenAiError } from "../http/openai-error.ts";
import { isNumber, type Schema } from "./combine.ts";

const byName: [RegExp, string][] = [
  [/time_?zone|^tz$/i, "Europe/Berlin"],
  [/expression|formula/i, "6 * 7"],
  [/city|location|place/i, "Paris"],
  [/country/i, "France"],
  [/currency/i, "EUR"],
  [/e_?mail/i, "ada@example.com"],
  [/language|locale/i, "en"],
  [/url|link/i, "https://example.com/"],
  [/name/i, "Ada"],
];

const byFormat: Record<string, string> = {
  date: "2026-11-20",
  "date-time": "2026-11-20T12:00:00Z",
  time: "12:00:00Z",
  duration: "PT1H",
  email: "ada@example.com",
  hostname: "example.com",
  ipv4: "192.0.2.1",
  ipv6: "2001:db8::1",
  uri: "https://example.com/",
  url: "https://example.com/",
  uuid: "3f2b8c1e-5d0a-4f7e-9b1c-2a6d8e4f0c35",
};

const USUAL = "example";
const LONGEST = 100_000;

/** The nth element of a list ends in its number, where neither format nor pattern says how it looks. */
export const inventString = (name: string, schema: Schema, nth: number): string => {
  const least = isNumber(schema.minLength) ? schema.minLength : 0;
  const most = isNumber(schema.maxLength) ? schema.maxLength : LONGEST;
  if (least > LONGEST) {
    throw new OpenAiError(
      400,
      "invalid_json_schema",
      `The emulator makes strings of at most ${LONGEST} characters.`,
    );
  }
  const formatted = typeof schema.format === "string" ? byFormat[schema.format] : undefined;
  const usual = formatted ?? byName.find(([pattern]) => pattern.test(name))?.[1] ?? USUAL;
  const ending = nth === 0 || formatted !== undefined ? "" : ` ${nth + 1}`;
  const text = (usual.slice(0, Math.max(0, most - ending.length)) + ending).padEnd(least, "x").slice(0, most);
  if (typeof schema.pattern !== "string") return text;
  return matching(schema.pattern, (length) => length >= least && length <= most, [text, usual]) ?? text;
};

const matching = (
  pattern: string,
  fits: (length: number) => boolean,
  candidates: readonly string[],
): string | undefined => {
  const expression = expressionOf(pattern);
  if (!expression || repetitionsIn(pattern) > LONGEST) return undefined;
  return candidates.find((text) => fits(text.length) && expression.test(text)) ?? sampled(expression, fits);
};

const expressionOf = (pattern: string): RegExp | undefined => {
  try {
    return new RegExp(pattern, "u");
  } catch {
    return undefined;
  }
};

/** How often all counted parts are repeated together: `(a{999}){999}` would fill the memory. */
const repetitionsIn = (pattern: string): number =>
  [...pattern.matchAll(/\{(\d+)(?:,(\d*))?\}/g)].reduce(
    (all, [, least, most]) => all * Number(most || least),
    1,
  );

const SAMPLES = 200;

// Loaded when a pattern needs it: the emulator starts sooner without it.
const sampled = (expression: RegExp, fits: (length: number) => boolean): string | undefined => {
  const fc = createRequire(import.meta.url)("fast-check") as typeof import("fast-check");
  try {
    const samples = fc.sample(fc.stringMatching(expression), { seed: 1, numRuns: SAMPLES });
    return samples.find((text) => fits(text.length));
  } catch {
    // It has no samples for assertions such as (?=…).
    return undefined;
  }
};
