// Reading certificates and keys from disk: what is no small file is refused, and waits for nothing.
import { execFileSync } from "node:child_process";
import { mkdtempSync, rmSync, truncateSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, expect, it } from "vitest";
import { readPem } from "../../../server/net/read-pem.fs.ts";

let folder: string;
beforeAll(() => {
  folder = mkdtempSync(join(tmpdir(), "broker-pem-"));
});
afterAll(() => rmSync(folder, { recursive: true }));

it("reads a small file, and says of others what they are", async () => {
  const file = join(folder, "tls.crt");
  await expect(readPem(file)).rejects.toThrow(`${file} is not there`);
  writeFileSync(file, "-----BEGIN CERTIFICATE-----");
  expect(await readPem(file)).toBe("-----BEGIN CERTIFICATE-----");
  truncateSync(file, 1_000_000_000);
  await expect(readPem(file)).rejects.toThrow(`${file} is larger than 1048576 bytes`);
  await expect(readPem(folder)).rejects.toThrow(`${folder} is a folder`);
});

it("waits for no writer of a pipe, and reads no device without end", async () => {
  const pipe = join(folder, "pipe");
  execFileSync("mkfifo", [pipe]);
  for (const file of [pipe, "/dev/zero"]) await expect(readPem(file)).rejects.toThrow(`${file} is no file`);
});
