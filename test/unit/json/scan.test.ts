// JSON read from bytes as they arrive: what is read is what JSON.parse reads, however the bytes are cut.
import fc from "fast-check";
import { expect, it } from "vitest";
import { JsonFault } from "../../../server/json/limits.ts";
import { JsonScanner } from "../../../server/json/scan.ts";

const free = { maxDepth: 64, maxValues: 1_000_000 };

interface Scanned {
  values: number;
  errors: string[];
}

/** The errors, or the fault. The bytes come in pieces of the given lengths, one after the other. */
const scan = (text: string | Buffer, pieces: readonly number[] = [], rules = free): Scanned | string => {
  const bytes = Buffer.from(text as string);
  const scanner = new JsonScanner(rules);
  try {
    let end = 0;
    for (let turn = 0; end < bytes.length; turn += 1) {
      end = Math.min(bytes.length, end + (pieces[turn % pieces.length] ?? bytes.length));
      // What has not arrived is anything.
      const partial = Buffer.alloc(bytes.length, '"]}');
      bytes.copy(partial, 0, 0, end);
      scanner.feed(partial, end);
    }
    scanner.finish();
  } catch (error) {
    if (error instanceof JsonFault) return error.message;
    throw error;
  }
  return {
    values: scanner.values,
    errors: scanner.errors.map(({ pointer, detail }) => `${pointer} ${detail}`),
  };
};

const parses = (text: string): boolean => {
  try {
    JSON.parse(text);
    return true;
  } catch {
    return false;
  }
};

const cuts = fc.array(fc.integer({ min: 1, max: 7 }), { minLength: 1, maxLength: 5 });
const token = fc.constantFrom(
  ...[
    '"a"',
    '"b":1',
    '"a":',
    "{",
    "}",
    "[",
    "]",
    ",",
    ":",
    '"',
    "\\",
    "\\u00e9",
    '"\\u12',
    " ",
    "\n",
    "\t",
    "\f",
  ],
  ...[
    "-",
    "0",
    "1",
    "01",
    "1.",
    ".5",
    "1e5",
    "1E-",
    "+",
    "true",
    "tru",
    "false",
    "null",
    "nul",
    "\u0000",
    "é",
    "\u00a0",
  ],
);
const nearly = fc.array(token, { maxLength: 12 }).map((tokens) => tokens.join(""));
const spoiled = fc
  .tuple(fc.json(), fc.nat(), fc.constantFrom(...'{}[],:"\\0-.e \u0001'))
  .map(([text, at, byte]) => text.slice(0, at % text.length) + byte + text.slice((at % text.length) + 1));

it("takes what JSON.parse takes, and nothing else", () => {
  fc.assert(
    fc.property(fc.oneof(nearly, spoiled, fc.json()), cuts, (text, pieces) => {
      const scanned = scan(text, pieces);
      expect(typeof scanned === "string" ? scanned : "read", text).toBe(
        parses(text) ? "read" : "is not JSON",
      );
    }),
    { numRuns: 5000 },
  );
});

it("finds the same, however the bytes are cut", () => {
  const repeated = fc.array(fc.tuple(fc.constantFrom("a", "\\u0061", "b", "é", "__proto__"), fc.json()), {
    maxLength: 6,
  });
  const object = repeated.map(
    (members) => `{${members.map(([name, value]) => `"${name}":${value}`).join()}}`,
  );
  fc.assert(
    fc.property(object, cuts, (text, pieces) => {
      expect(scan(text, pieces)).toEqual(scan(text));
    }),
    { numRuns: 1000 },
  );
});

it("finds each repeated name once more than the first, in small objects and in large ones", () => {
  const name = fc.constantFrom("a", "b", "ab", "é", "e\u0301", "1", "constructor", "\\", '"');
  const spelled = (text: string, isEscaped: boolean) =>
    isEscaped
      ? `"\\u${text.charCodeAt(0).toString(16).padStart(4, "0")}${JSON.stringify(text.slice(1)).slice(1)}`
      : JSON.stringify(text);
  fc.assert(
    fc.property(fc.array(fc.tuple(name, fc.boolean()), { maxLength: 12 }), fc.boolean(), (names, isLarge) => {
      const others = isLarge ? Array.from({ length: 30 }, (_, index) => `"other ${index}"`) : [];
      const members = [...others, ...names.map(([text, isEscaped]) => spelled(text, isEscaped))];
      const scanned = scan(`{${members.map((member) => `${member}:0`).join()}}`);
      const repeats = names.length - new Set(names.map(([text]) => text)).size;
      expect(scanned).toMatchObject({ errors: { length: repeats } });
    }),
  );
});

it("counts every value, and takes so many", () => {
  const text = '{"a":[1,"b",true,{}],"c":null}';
  expect(scan(text)).toEqual({ values: 7, errors: [] });
  expect(scan(text, [], { ...free, maxValues: 7 })).toMatchObject({ values: 7 });
  expect(scan(text, [], { ...free, maxValues: 6 })).toBe("has more than 6 values");
});

it("nests as deep as is said", () => {
  expect(scan("[[[]]]", [], { ...free, maxDepth: 3 })).toMatchObject({ errors: [] });
  expect(scan('[[{"a":[]}]]', [], { ...free, maxDepth: 3 })).toBe("nests more than 3 deep");
});

it("takes names of 1024 bytes, and 10,000 of them", () => {
  const names = (count: number) => Array.from({ length: count }, (_, index) => `"${index}":0`).join();
  expect(scan(`{"${"a".repeat(1024)}":0}`)).toMatchObject({ errors: [] });
  expect(scan(`{"${"a".repeat(1025)}":0}`)).toBe("has a name of more than 1024 bytes");
  expect(scan(`{"${"a".repeat(5000)}`)).toBe("has a name of more than 1024 bytes");
  expect(scan(`[{${names(10_000)}},{${names(10_000)}}]`)).toMatchObject({ errors: [] });
  expect(scan(`{${names(10_001)}}`)).toBe("has an object of more than 10000 names");
  expect(scan(`{${names(6000)},"more":{${names(6000)}}}`)).toBe("has an object of more than 10000 names");
});

it("tells of 20 errors, with short pointers, however many there are and however long the names", () => {
  const long = "x".repeat(1000);
  const inner = `{${Array(500).fill('"a":0').join()}}`;
  const scanned = scan(`{"${long}":{"${long}":{"${long}":${inner}}}}`);
  if (typeof scanned === "string") throw new Error(scanned);
  expect(scanned.errors.length).toBe(20);
  for (const error of scanned.errors) expect(error.length).toBeLessThan(300);
});

it("says which text is not UTF-8", () => {
  const body = Buffer.concat([
    Buffer.from('{"a":["é","'),
    Buffer.from([0xe2, 0x82]),
    Buffer.from('"],"b":"\u{1F600}"}'),
  ]);
  for (const pieces of [[], [1], [3]]) {
    expect(scan(body, pieces)).toMatchObject({ errors: ["/a/1 is not valid UTF-8"] });
  }
  expect(scan(Buffer.from([0x5b, 0xff, 0x5d]))).toBe("is not JSON");
});
