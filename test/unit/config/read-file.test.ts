// broker.yaml and .env are read as a whole, if they can be such files.
import { mkdtemp, rm, truncate, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, expect, it } from "vitest";
import { readIfPresent } from "../../../server/config/read-file.fs.ts";

let folder: string;
beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), "broker-read-"));
});
afterEach(() => rm(folder, { recursive: true }));

it("a file is read, and one that is not there is none", async () => {
  await writeFile(join(folder, "broker.yaml"), "limits: {}\n");
  expect(readIfPresent(join(folder, "broker.yaml"))).toBe("limits: {}\n");
  expect(readIfPresent(join(folder, ".env"))).toBeUndefined();
});

it("a file of a gigabyte is refused before it is read", async () => {
  const path = join(folder, "broker.yaml");
  await writeFile(path, "");
  await truncate(path, 1024 ** 3);
  expect(() => readIfPresent(path)).toThrow(`${path} cannot be read: it is larger than 4194304 bytes`);
});

it("a folder is named as such, unless it is one called .env", () => {
  expect(() => readIfPresent(folder)).toThrow(`${folder} cannot be read: it is a folder`);
});
