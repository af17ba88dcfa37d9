// Strings, numbers, true, false and null: exactly what JSON.parse accepts, in chunks of any size.
import fc from "fast-check";
import { expect, it } from "vitest";
import { JsonScalar, JsonText, WRONG } from "../../../server/json/tokens.ts";

interface Read {
  value: string;
  isEscaped: boolean;
  isUtf8: boolean;
}

/** The string that the bytes begin with, without its first quote; "wrong" or "open" where there is none. */
const read = (bytes: Buffer, step = bytes.length): Read | "open" | "wrong" => {
  const text = new JsonText();
  text.begin(0);
  let at = 0;
  while (at < bytes.length) {
    at = text.read(bytes, at, Math.min(bytes.length, at + step));
    if (at === WRONG) return "wrong";
    if (!text.isWhole) continue;
    const value = bytes.toString("utf8", text.start, text.end);
    return { value, isEscaped: text.isEscaped, isUtf8: text.isUtf8(bytes) };
  }
  return "open";
};

it("a string ends at its quote, and not at an escaped one", () => {
  expect(read(Buffer.from('abc" more'))).toEqual({ value: "abc", isEscaped: false, isUtf8: true });
  expect(read(Buffer.from('a\\"b" more'))).toEqual({ value: 'a\\"b', isEscaped: true, isUtf8: true });
  expect(read(Buffer.from("abc"))).toBe("open");
});

it.each(["a\nb", "a\u0000", "\\x41", "\\u12g4", "\\u12", "\\'"])("%j stands in no string", (text) => {
  for (const step of [1, 3, 100]) expect(read(Buffer.from(`${text}"`), step)).toBe("wrong");
});

it("bytes that are not UTF-8 are found in the string alone", () => {
  expect(read(Buffer.from([0x61, 0xff, 0x22]))).toMatchObject({ isUtf8: false });
  expect(read(Buffer.from([0x61, 0x22, 0xff]))).toMatchObject({ isUtf8: true });
  expect(read(Buffer.from('é😀"'))).toMatchObject({ isUtf8: true });
});

it("every string that JSON.stringify writes is read to its end, in chunks of any size", () => {
  fc.assert(
    fc.property(fc.string({ unit: "binary" }), fc.integer({ min: 1, max: 9 }), (value, step) => {
      const written = JSON.stringify(value);
      const result = read(Buffer.from(written.slice(1)), step);
      expect(result).toMatchObject({ value: Buffer.from(written.slice(1, -1)).toString() });
    }),
  );
});

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
