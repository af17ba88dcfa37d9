// There is one way to start the service, whoever starts it.
import { expect, test } from "vitest";
import { readSource } from "../support/source.ts";

test("the image starts the service as `npm start` does", () => {
  const { scripts } = JSON.parse(readSource("package.json"));
  const [command = "[]"] = readSource("Dockerfile").match(/(?<=^CMD ).*$/m) ?? [];
  expect(JSON.parse(command)).toEqual(scripts.start.split(" "));
  // Where it compiles everything once: with other settings it would be in vain.
  expect(readSource("Dockerfile")).toContain(`DATABASE_URL=sqlite::memory: ${scripts.start}\n`);
});

test("every start loads V8's settings before everything else", () => {
  const { start, demo } = JSON.parse(readSource("package.json")).scripts;
  expect(start).toBe("node --import ./server/runtime.js server/main.ts");
  expect(demo).toMatch(/&& node --import \.\/server\/runtime\.js server\/main\.ts --demo$/);
});

test("the start refuses the Node versions that the package refuses", () => {
  const [, oldest] = /OLDEST_NODE = (\d+);/.exec(readSource("server/runtime.js")) ?? [];
  expect(JSON.parse(readSource("package.json")).engines.node).toBe(`>=${oldest}`);
});
