// The caller's own tags.
import { expect, it } from "vitest";
import { findTags, joinTags, readTagList, readTags } from "../../../server/usage/tags.ts";

const ten = Array.from({ length: 10 }, (_, index) => `tag-${index}`);

it("reads a list with commas, each tag once, whatever blanks and empty places are in it", () => {
  expect(readTagList(" a,b ,, a ,env:prod,", "x-broker-tags")).toEqual(["a", "b", "env:prod"]);
  expect(readTagList(" , ", "x-broker-tags")).toEqual([]);
  expect(readTagList([...ten, ...ten].join(), "x-broker-tags")).toEqual(ten);
});

it.each([`${ten.join()},eleventh`, "x".repeat(65), "two words", "caf\u00e9", "a\u0007", "a,b c"])(
  "refuses %j, and says what is right",
  (text) => {
    expect(() => readTagList(text, "x-broker-tags")).toThrow(
      "`x-broker-tags` takes at most 10 tags of 1 to 64 visible ASCII characters",
    );
  },
);

it.each([[["a", 7]], [[null]], [[["a"]]], [[""]], [["a,b"]]])("refuses the list %j", (list) => {
  expect(() => readTags(list, "metadata.tags")).toThrow("`metadata.tags` takes");
});

it("finds tags in a text that need not hold any", () => {
  expect(findTags("a, b,two words,a")).toEqual(["a", "b"]);
  expect(findTags("A sentence, about tags.")).toEqual([]);
  expect(findTags([...ten, "eleventh"].join())).toEqual(ten);
});

it("joins two lists, and keeps the first of too many", () => {
  expect(joinTags(["a"], ["b", "a"])).toEqual(["a", "b"]);
  expect(joinTags(ten, ["eleventh"])).toEqual(ten);
  expect([joinTags(), joinTags([], [])]).toEqual([undefined, undefined]);
});
