// A few fields read from JSON as it passes: what is read is what JSON.parse reads, however the bytes are cut.
import fc from "fast-check";
import { expect, it } from "vitest";
import { FieldReader } from "../../../../server/relay/usage/field-reader.ts";

const fields = { names: new Set(["usage", "model"]), longest: 8, wrapper: "response" };

/** The bytes come in pieces of the given lengths, one after the other. */
const read = (text: string, pieces: readonly number[] = []): Record<string, unknown> => {
  const bytes = Buffer.from(text);
  const reader = new FieldReader(fields);
  for (let start = 0, turn = 0; start < bytes.length; turn += 1) {
    const end = Math.min(bytes.length, start + (pieces[turn % pieces.length] ?? bytes.length));
    const piece = Buffer.from(bytes.subarray(start, end));
    reader.read(piece, 0, piece.length);
    start = end;
  }
  return Object.fromEntries(reader.values);
};

const parsed = (text: string): Record<string, unknown> => {
  const all = JSON.parse(text);
  const inner = typeof all.response === "object" && !Array.isArray(all.response) ? all.response : {};
  const told = Object.entries({ ...all, ...inner });
  return Object.fromEntries(told.filter(([name]) => fields.names.has(name)));
};

const cuts = fc.array(fc.integer({ min: 1, max: 90 }), { minLength: 1, maxLength: 5 });
// Names that matter stand at every level, and texts have what could be taken for structure.
const name = fc.constantFrom("usage", "model", "a", "usag", "usagee", "us\\age", "", 'x"');
const text = fc.oneof(
  fc.string(),
  fc.constantFrom(
    '"usage":{}',
    "\\",
    "\\\\",
    '\\"',
    "}",
    "é".repeat(60),
    `${"a".repeat(60)}\\"},`,
    "\\".repeat(99),
  ),
);
const value = fc.letrec((tie) => ({
  any: fc.oneof({ depthSize: "small" }, text, fc.integer(), fc.constant(null), tie("object"), tie("list")),
  list: fc.array(tie("any"), { maxLength: 3 }),
  object: fc.dictionary(name, tie("any"), { maxKeys: 4 }),
}));

it("reads what JSON.parse reads, however it is cut and spaced", () => {
  const spaces = fc.constantFrom(undefined, 1, "\t");
  const all = fc.tuple(value.object, fc.option(value.object), spaces);
  fc.assert(
    fc.property(all, cuts, ([top, response, space], pieces) => {
      const json = JSON.stringify(response ? { ...top, response } : top, null, space);
      // Where both have a field, the later one counts.
      if (response && Object.keys(response).some((each) => fields.names.has(each) && each in (top as object)))
        return;
      expect(read(json, pieces)).toEqual(parsed(json));
    }),
    { numRuns: 2000 },
  );
});

it("never throws, whatever comes", () => {
  const token = fc.constantFrom('"usage"', '"', "\\", "{", "}", "[", "]", ",", ":", "1", '"response":{');
  fc.assert(
    fc.property(fc.array(token), cuts, (tokens, pieces) => {
      read(tokens.join(""), pieces);
    }),
    { numRuns: 2000 },
  );
});

it("reads the fields before, in and after the wrapper, of which the last counts", () => {
  const [before, inside, after] = [{ usage: 1 }, { response: { usage: 2, x: [{}] } }, { model: "m" }];
  expect(read(JSON.stringify({ ...before, ...inside, ...after }))).toEqual({ usage: 2, model: "m" });
  expect(read(JSON.stringify({ ...inside, ...after, ...before }))).toEqual({ usage: 1, model: "m" });
});

it.each([
  ["a text", '{"content":"{\\"usage\\":{\\"total_tokens\\":1}}"}'],
  ["a field of a field", '{"metadata":{"usage":{"total_tokens":1}}}'],
  ["a list", '[{"usage":{"total_tokens":1}}]'],
  ["what breaks off", '{"usage":{"total_tokens":1}'],
  ["a value that is no JSON", '{"usage":{total_tokens}}'],
])("reads nothing from %s", (_, json) => {
  expect(read(json)).toEqual({});
});

it("reads no value of more than 64 KiB, and what follows it", () => {
  const json = JSON.stringify({ usage: { note: "a".repeat(64 * 1024) }, model: "gpt-5-mini" });
  expect(read(json, [1000])).toEqual({ model: "gpt-5-mini" });
});

it("finds the usage after an image of megabytes", () => {
  const json = JSON.stringify({ data: [{ b64_json: "A".repeat(4_000_000) }], usage: { total_tokens: 1 } });
  expect(read(json, [64 * 1024])).toEqual({ usage: { total_tokens: 1 } });
});
