// Rule 5: no file over 200 lines; a file that needs more has more than one reason to change.
import { expect, test } from "vitest";
import { filesIn, readSource } from "../support/source.ts";

const linesOf = (path: string): number => readSource(path).trimEnd().split("\n").length;
const folders = ["server", "client", "emulator", "web-demo"];
const files = filesIn(folders, ["ts", "js", "css", "html", "sh"]);

test("no file has more than 200 lines", () => {
  expect(files.length).toBeGreaterThan(100);
  expect(files.filter((path) => linesOf(path) > 200)).toEqual([]);
});

test("every file says in its first line what it is", () => {
  const code = files.filter((path) => path.endsWith(".ts"));
  expect(code.filter((path) => !/^(?:#!.*\n)?\/\/ \S.*\S/.test(readSource(path)))).toEqual([]);
});
