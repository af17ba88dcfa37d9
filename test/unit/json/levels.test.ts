// Where a reader stands in a JSON text, and which names repeat.
import fc from "fast-check";
import { expect, it } from "vitest";
import { JsonLevels, nameBetween, ObjectNames } from "../../../server/json/levels.ts";

const bytes = Buffer.from('{"a":[0,{"b/c":1,"d~":2}]}');
const addName = (levels: JsonLevels, name: string): boolean => {
  const start = bytes.indexOf(name);
  return levels.addName(bytes, start, start + name.length, false);
};

it("a value's path has the names and indexes that lead to it", () => {
  const levels = new JsonLevels();
  levels.open(true);
  addName(levels, "a");
  levels.open(false);
  levels.nextElement();
  levels.open(true);
  addName(levels, "b/c");
  expect(levels.path(bytes)).toEqual(["a", 1, "b/c"]);
  expect([levels.pointer(bytes), levels.depth, levels.isObject]).toEqual(["/a/1/b~1c", 3, true]);
  levels.close();
  expect([levels.pointer(bytes), levels.depth, levels.isObject]).toEqual(["/a/1", 2, false]);
});

it("a name is repeated within its own object only", () => {
  const levels = new JsonLevels();
  levels.open(true);
  expect(addName(levels, "a")).toBe(true);
  levels.open(true);
  expect(addName(levels, "a")).toBe(true);
  expect(addName(levels, "a")).toBe(false);
  levels.close();
  expect(addName(levels, "a")).toBe(false);
});

it("an object that was closed leaves neither names nor a count behind", () => {
  const levels = new JsonLevels();
  levels.open(false);
  for (let element = 0; element < 3; element += 1) {
    levels.open(true);
    expect([addName(levels, "a"), addName(levels, "d~")]).toEqual([true, true]);
    expect(levels.openNames).toBe(2);
    levels.close();
    levels.nextElement();
  }
  expect(levels.openNames).toBe(0);
});

it("a long pointer is cut", () => {
  const levels = new JsonLevels();
  for (let depth = 0; depth < 200; depth += 1) levels.open(false);
  const pointer = levels.pointer(bytes);
  expect([pointer.length, pointer.endsWith("…")]).toEqual([257, true]);
});

/** For each name as it is written between its quotes: whether it is new. */
const added = (written: readonly string[], names = new ObjectNames()): boolean[] => {
  const bytes = Buffer.from(written.map((name) => `"${name}"`).join(""));
  let at = 0;
  return written.map((name) => {
    const start = at + 1;
    const end = start + Buffer.byteLength(name);
    at = end + 1;
    return names.add(bytes, start, end, name.includes("\\"));
  });
};

it("a name is repeated however it is spelled", () => {
  expect(added(["a", "b", "\\u0061"])).toEqual([true, true, false]);
  expect(added(["\\u0061", "a"])).toEqual([true, false]);
  expect(added(["é", "\\u00e9", "e"])).toEqual([true, false, true]);
});

it("an object finds the same repeated names as a set of strings", () => {
  const name = fc.constantFrom(
    "",
    "a",
    "b",
    "ab",
    "\\u0061",
    "\\n",
    "é",
    ...Array.from({ length: 30 }, (_, n) => `n${n}`),
  );
  fc.assert(
    fc.property(fc.array(name, { maxLength: 60 }), (written) => {
      const seen = new Set<string>();
      const expected = written.map((each) => seen.size !== seen.add(JSON.parse(`"${each}"`)).size);
      expect(added(written)).toEqual(expected);
    }),
  );
});

it("a cleared list knows no name, however many it had", () => {
  for (const count of [1, 16, 40]) {
    const names = new ObjectNames();
    added(
      Array.from({ length: count }, (_, index) => `n${index}`),
      names,
    );
    expect(names.count).toBe(count);
    names.clear();
    expect([added(["n0", "n0"], names), names.count]).toEqual([[true, false], 1]);
  }
});

it("a name is read with its escapes", () => {
  const bytes = Buffer.from('"a\\u0062"');
  expect(nameBetween(bytes, 1, bytes.length - 1, true)).toBe("ab");
  expect(nameBetween(bytes, 1, 2, false)).toBe("a");
});
