// Strings: exactly what JSON.parse accepts, in chunks of any size.
import fc from "fast-check";
import { expect, it } from "vitest";
import { JsonText, WRONG } from "../../../server/json/text.ts";

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
