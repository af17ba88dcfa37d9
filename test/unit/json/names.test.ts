// Repeated names of one object, in whatever spelling, and in objects of any size.
import fc from "fast-check";
import { expect, it } from "vitest";
import { nameBetween, ObjectNames } from "../../../server/json/names.ts";

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
