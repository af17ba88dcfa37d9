// What is kept of a text: all of it where it is short, else its beginning and end; never a credential, nor a part of one.
import { expect, it } from "vitest";
import { Excerpt, MAX_CHARACTERS } from "../../../server/ledger/excerpt.ts";

const excerptOf = (...pieces: string[]) => {
  const excerpt = new Excerpt();
  for (const piece of pieces) excerpt.add(piece);
  return excerpt.read();
};
const KEY = "sk-proj-0123456789abcdefghijklmnop";

it("keeps a short text whole, whatever its pieces", () => {
  expect(excerptOf("Grüß ", "Gott,\n\tWelt 🎈")).toEqual({ text: "Grüß Gott,\n\tWelt 🎈", isCut: false });
  expect(excerptOf()).toEqual({ text: "", isCut: false });
  const longest = "word ".repeat(13_100);
  expect(excerptOf(...(longest.match(/.{1,7000}/g) ?? []))).toEqual({ text: longest, isCut: false });
});

it("keeps the beginning and the end of a long one, and says so", () => {
  const { text, isCut } = excerptOf("first words ", "lorem ipsum ".repeat(100_000), "the last words");
  expect(isCut).toBe(true);
  expect(text).toMatch(/^first words lorem .* \n\[… cut …\]\n.*ipsum the last words$/s);
  expect(text.length).toBeLessThanOrEqual(MAX_CHARACTERS);
  expect(text.length).toBeGreaterThan(MAX_CHARACTERS - 100);
});

it("reads of many bytes only those that it may keep", () => {
  const excerpt = new Excerpt();
  excerpt.addBytes(Buffer.from(`début ${"é ".repeat(4_000_000)} fin`));
  const { text, isCut } = excerpt.read();
  expect(isCut).toBe(true);
  expect(text).toMatch(/^début é/);
  expect(text).toMatch(/é {2}fin$/);
  expect(text).not.toContain("\ufffd");
  const short = new Excerpt();
  short.addBytes(Buffer.from("é"));
  expect(short.read()).toEqual({ text: "é", isCut: false });
});

it("masks credentials wherever they stand", () => {
  const { text } = excerptOf(
    `key ${KEY.slice(0, 9)}`,
    `${KEY.slice(9)}, then Bearer abc.def `,
    "x ".repeat(9000),
    KEY,
  );
  expect(text).toBe(`key [redacted], then Bearer [redacted] ${"x ".repeat(9000)}[redacted]`);
});

it("leaves no part of a credential where it is cut", () => {
  const half = MAX_CHARACTERS / 2;
  // The cuts fall on every place of it.
  for (let shift = 0; shift < 60; shift += 1) {
    const secret = ` Bearer ${KEY.slice(8)}`;
    const { text } = excerptOf(
      "a ".repeat(half / 2 - 30).slice(shift),
      secret,
      " b".repeat(half),
      secret,
      " c".repeat(half / 2 - 30).slice(shift),
    );
    for (const part of ["0123", "4567", "mnop", "ijkl"]) expect(text).not.toContain(part);
  }
});

it("holds nothing that a database or a terminal does not take", () => {
  expect(excerptOf("a\u0000b\ud800c\u001b[31m\r\nd\u202e").text).toBe("a\ufffdb\ufffdc\ufffd[31m\nd\ufffd");
});

it("is never longer than it says, though what is masked grows", () => {
  const { text, isCut } = excerptOf("Bearer x ".repeat(7000));
  expect([text.length, isCut]).toEqual([MAX_CHARACTERS, true]);
});
