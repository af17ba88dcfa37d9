// There is one way to start the service: `npm start` and the image use the same command.
import { spawnSync } from "node:child_process";
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

test("V8 knows every setting: of another it would complain at each start", () => {
  const { href } = new URL("../../server/runtime.js", import.meta.url);
  const { status, stderr } = spawnSync(process.execPath, ["--import", href, "--eval", ""], {
    encoding: "utf8",
  });
  expect({ status, stderr }).toEqual({ status: 0, stderr: "" });
});

test("every start says which Node it needs before anything else is loaded", () => {
  for (const path of ["server/runtime.js", "server/bin.js"]) {
    expect(readSource(path).match(/^import .*$/m)?.[0]).toBe('import "./check-node.js";');
  }
});
