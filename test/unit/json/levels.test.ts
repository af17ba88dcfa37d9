// Where a reader stands in a JSON text, and which names repeat.
import { expect, it } from "vitest";
import { JsonLevels } from "../../../server/json/levels.ts";

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
