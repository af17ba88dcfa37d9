// Forms: every part that clients write, in chunks of any size, and nothing that parsers read differently.
import fc from "fast-check";
import { expect, it } from "vitest";
import { Failure } from "../../../server/failures/failure.ts";
import { boundaryOf, FormScanner, formType } from "../../../server/forms/multipart.ts";

const disposition = (name: string): string => `Content-Disposition: form-data; name="${name}"`;
const part = (name: string, content: string): string => `--b\r\n${disposition(name)}\r\n\r\n${content}\r\n`;

/** The form's parts, or the detail of its refusal, when `step` bytes arrive at a time. */
const read = (text: string, step = text.length): [string, string][] | string => {
  const bytes = Buffer.from(text, "latin1");
  const scanner = new FormScanner("b");
  try {
    for (let end = step; end < bytes.length; end += step) scanner.feed(bytes, end);
    return scanner.finish(bytes).map(({ name, start, end }) => [name, bytes.toString("latin1", start, end)]);
  } catch (error) {
    return error instanceof Failure ? error.detail : String(error);
  }
};

it("what a browser writes is read, in chunks of any size", async () => {
  const content = fc.string({ unit: fc.constantFrom("\r", "\n", "-", "b", "x"), maxLength: 40 });
  const field = fc.tuple(fc.constantFrom("model", "image[]", "file"), content);
  await fc.assert(
    fc.property(
      fc.array(field, { minLength: 1, maxLength: 5 }),
      fc.integer({ min: 1, max: 30 }),
      (fields, step) => {
        fc.pre(fields.every(([, each]) => !`\r\n${each}`.includes("--b")));
        const form = `${fields.map(([name, each]) => part(name, each)).join("")}--b--\r\n`;
        expect(read(form, step)).toEqual(fields);
      },
    ),
  );
});

it.each([
  ["does not begin with its boundary", `preamble\r\n${part("a", "1")}--b--`],
  ["has something after a boundary", `--bx\r\n${disposition("a")}\r\n\r\n1\r\n--b--`],
  ["has its boundary within a part", `--b\r\n${disposition("a")}\r\n\r\n1\n--b--`],
  ["has its boundary within a part", `--b\r\n${disposition("a")}\r\nX: --b\r\n\r\n1\r\n--b--`],
  ["goes on after its end", `${part("a", "1")}--b--\r\nepilogue`],
  ["has no proper end", part("a", "1")],
  ["has no proper end", `${part("a", "1")}--b--\r`],
  ["has a part of another length", `--b\r\n${disposition("a")}\r\nContent-Length: 2\r\n\r\n1\r\n--b--`],
  ["has more than 128 parts", `${part("a", "1").repeat(129)}--b--`],
  ["has a part whose header is longer than 4096 bytes", `--b\r\nX: ${"x".repeat(5000)}`],
])("%s: refused", (fault, form) => {
  for (const step of [1, form.length]) expect(read(form, step)).toBe(`The form ${fault}.`);
});

it("a boundary must be named plainly, and is quoted where it is sent on", () => {
  const parameters = (boundary?: string) => new Map(boundary === undefined ? [] : [["boundary", boundary]]);
  const of = (boundary?: string) =>
    boundaryOf({ essence: "multipart/form-data", parameters: parameters(boundary) });
  expect([of("----a'b"), formType("a.b"), formType("a:b")]).toEqual([
    "----a'b",
    "multipart/form-data; boundary=a.b",
    'multipart/form-data; boundary="a:b"',
  ]);
  for (const wrong of [undefined, "", "a b", "é", "x".repeat(71)]) {
    expect(() => of(wrong)).toThrow(expect.objectContaining({ code: "media-type-unsupported" }));
  }
});
