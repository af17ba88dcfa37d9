// Numbers, true, false and null: exactly what JSON.parse accepts, in chunks of any size.
import fc from "fast-check";
import { expect, it } from "vitest";
import { JsonScalar } from "../../../server/json/scalar.ts";

/** Whether the text is one scalar, when its bytes arrive `step` at a time. */
const reads = (text: string, step: number): boolean => {
  const bytes = Buffer.from(text);
  const scalar = new JsonScalar();
  if (bytes.length === 0 || !scalar.begin(bytes[0] ?? 0)) return false;
  let at = 1;
  while (at < bytes.length) {
    const end = Math.min(bytes.length, at + step);
    const next = scalar.read(bytes, at, end);
    if (next < end) return false;
    at = next;
  }
  return scalar.isWhole;
};

const parses = (text: string): boolean => {
  try {
    JSON.parse(text);
    return true;
  } catch {
    return false;
  }
};

const known = ["0", "-0", "10", "-1.5e+10", "1E-2", "0.0", "true", "false", "null"];
const wrong = [
  "01",
  "-",
  "+1",
  "1.",
  ".5",
  "1e",
  "1e+",
  "--1",
  "1.2.3",
  "tru",
  "truer",
  "nul",
  "False",
  "NaN",
  "0x1",
];

it.each([...known.map((text) => [text, true] as const), ...wrong.map((text) => [text, false] as const)])(
  "%s is a scalar: %s",
  (text, expected) => {
    for (const step of [1, 2, 100]) expect(reads(text, step)).toBe(expected);
  },
);

it("whatever is made of a number's characters is judged as JSON.parse does", () => {
  const text = fc
    .array(fc.constantFrom(..."0019.eE+-"), { minLength: 1, maxLength: 8 })
    .map((all) => all.join(""));
  fc.assert(
    fc.property(text, fc.integer({ min: 1, max: 4 }), (all, step) => reads(all, step) === parses(all)),
    {
      numRuns: 2000,
    },
  );
});

it("stops at the first byte that is not its own", () => {
  const scalar = new JsonScalar();
  const bytes = Buffer.from("12, 3");
  expect(scalar.begin(bytes[0] ?? 0)).toBe(true);
  expect([scalar.read(bytes, 1, bytes.length), scalar.isWhole]).toEqual([2, true]);
});
