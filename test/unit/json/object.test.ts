// JSON bodies: what JSON.parse would let pass silently is named.
import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { Failure } from "../../../server/failures/failure.ts";
import { readJsonObject } from "../../../server/json/object.ts";

const bytes = (text: string) => Buffer.from(text);
const raw = (...parts: (string | number)[]) =>
  Buffer.concat(parts.map((part) => (typeof part === "string" ? Buffer.from(part) : Buffer.from([part]))));
const pointersIn = (body: Buffer) =>
  readJsonObject(body).errors.map(({ pointer, detail }) => `${pointer} ${detail}`);
const codeOf = (body: Buffer): string => {
  try {
    readJsonObject(body);
    return "read";
  } catch (error) {
    return error instanceof Failure ? error.code : `threw ${String(error)}`;
  }
};

it("no body is an empty object, and a byte order mark is no matter", () => {
  expect(readJsonObject(bytes(""))).toEqual({ value: {}, errors: [] });
  expect(readJsonObject(bytes('\uFEFF{"a":1}')).value).toEqual({ a: 1 });
});

it.each([
  "[]",
  "1",
  '"text"',
  "null",
  "true",
  "{",
  "{'a':1}",
  '{"a":1}x',
  "{a:1}",
  "undefined",
  '{"a":01}',
  "\0",
])("%j is no JSON object", (text) => {
  expect(codeOf(bytes(text))).toBe("request-malformed");
});

describe("names a key that is given twice", () => {
  it.each([
    ['{"a":1,"a":2}', "/a"],
    ['{"a":1,"\\u0061":2}', "/a"],
    ['{"o":{"a":1,"b":{},"a":2}}', "/o/a"],
    ['{"l":[{},{"a":1,"a":2}]}', "/l/1/a"],
    ['{"a/b~":1,"a/b~":2}', "/a~1b~0"],
    ['{"a":{"x":[1,2,"}"]},"a":2}', "/a"],
    ['{"\\"":1,"\\"":2}', '/"'],
    ['{"":1,"":2}', "/"],
  ])("%s", (text, pointer) => {
    expect(pointersIn(bytes(text))).toEqual([`${pointer} is given more than once`]);
  });

  it("but not the same key in different objects, nor in a text", () => {
    expect(pointersIn(bytes('{"a":{"a":[{"a":1},{"a":2}]},"b":"{\\"a\\":1,\\"a\\":2}"}'))).toEqual([]);
  });
});

it.each([
  ['{"__proto__":{"x":1}}', "/__proto__"],
  ['{"\\u005f_proto__":1}', "/__proto__"],
  ['{"a":[{"__proto__":1}]}', "/a/0/__proto__"],
])("names a key that reaches for the prototype: %s", (text, pointer) => {
  expect(pointersIn(bytes(text))).toEqual([`${pointer} is not an allowed name`]);
  expect(({} as Record<string, unknown>).x).toBeUndefined();
});

it.each([
  ["in a value", raw('{"ok":"é","a":"', 0xff, '"}'), "/a"],
  ["cut short", raw('{"a":"', 0xe2, 0x82, '"}'), "/a"],
  ["over-long", raw('{"a":"', 0xc0, 0xaf, '"}'), "/a"],
  ["half of a pair", raw('{"a":"', 0xed, 0xa0, 0x80, '"}'), "/a"],
  ["deep inside", raw('{"o":{"l":["', 0xff, '"]}}'), "/o/l/0"],
  ["in a key", raw('{"a', 0xff, '":1}'), "/a\uFFFD"],
])("names the argument that is not UTF-8: %s", (_, body, pointer) => {
  expect(pointersIn(body)).toEqual([`${pointer} is not valid UTF-8`]);
});

it("nests 32 deep and no deeper", () => {
  const nested = (depth: number) => bytes(`${'{"a":'.repeat(depth - 1)}{}${"}".repeat(depth - 1)}`);
  expect(codeOf(nested(32))).toBe("read");
  expect(codeOf(nested(33))).toBe("request-malformed");
  expect(codeOf(bytes(`{"a":${"[".repeat(100_000)}${"]".repeat(100_000)}}`))).toBe("request-malformed");
});

it("reads a long text, and one that is all escapes", () => {
  for (const unit of ["x", "\\n", "\\u0041", "\\\\"]) {
    const text = `{"a":"${unit.repeat(2_000_000 / unit.length)}"}`;
    expect(codeOf(bytes(text)), unit).toBe("read");
  }
});

it("has as many values as a schema can judge in time", () => {
  const list = (count: number) => bytes(`{"a":[${Array(count).fill(1).join()}]}`);
  expect(codeOf(list(9998))).not.toBe("request-malformed");
  expect(codeOf(list(9999))).toBe("request-malformed");
});

it("agrees with JSON.parse, and complains of nothing, on every object that JSON.stringify writes", () => {
  const noProto = fc.string({ unit: "grapheme" }).filter((key) => key !== "__proto__");
  fc.assert(
    fc.property(fc.dictionary(noProto, fc.jsonValue({ maxDepth: 4 })), fc.nat(4), (value, indent) => {
      const text = JSON.stringify(value, null, indent);
      if (text.includes("__proto__")) return;
      expect(readJsonObject(bytes(text))).toEqual({ value: JSON.parse(text), errors: [] });
    }),
  );
});

it("throws nothing but a refusal, whatever the bytes", () => {
  const token = fc.constantFrom('"a"', '"a":1', "{", "}", "[", "]", ",", ":", '"', "\\", "1", " ", "\u0000");
  const nearly = fc.array(token).map((tokens) => bytes(`{${tokens.join("")}}`));
  fc.assert(
    fc.property(fc.oneof(fc.uint8Array(), nearly), (body) => {
      expect(["read", "request-malformed"]).toContain(codeOf(Buffer.from(body)));
    }),
    { numRuns: 500 },
  );
});

it("a body that is not UTF-8 never passes unnoticed", () => {
  fc.assert(
    fc.property(fc.string({ unit: "grapheme" }), fc.nat({ max: 40 }), (text, at) => {
      const body = Buffer.from(JSON.stringify({ a: text, b: [text] }));
      body[Math.min(at, body.length - 1)] = 0xff;
      expect(codeOf(body) === "request-malformed" || readJsonObject(body).errors.length > 0).toBe(true);
    }),
  );
});
