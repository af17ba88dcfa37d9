// Secrets in files.
import { execFileSync } from "node:child_process";
import { mkdtempSync, renameSync, rmSync, symlinkSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, expect, it } from "vitest";
import { fileSecrets } from "../../../server/secrets/file.fs.ts";

const folder = mkdtempSync(join(tmpdir(), "broker-secret-files-"));
afterAll(() => rmSync(folder, { recursive: true }));
const store = fileSecrets(folder);
const { signal } = new AbortController();

const write = (name: string, content: string | Uint8Array): string => {
  writeFileSync(join(folder, name), content);
  return name;
};
const read = async (place: string) => (await store.read(place, signal)).text?.reveal();

it("a file is read without the line break at its end, relative to broker.yaml or from the root", async () => {
  expect(await read(write("plain", "sk-1"))).toBe("sk-1");
  expect(await read(write("unix", "sk-2\n"))).toBe("sk-2");
  expect(await read(write("windows", "\uFEFFsk-3\r\n"))).toBe("sk-3");
  expect(await read(join(folder, "plain"))).toBe("sk-1");
});

it("a file's own spaces and other line breaks are a part of the secret", async () => {
  expect(await read(write("pem", " a\n\nb \n"))).toBe(" a\n\nb ");
});

it("what cannot be a secret is refused, and says how to mend it", async () => {
  await expect(read("missing")).rejects.toThrow(
    `cannot be read: there is no file ${join(folder, "missing")}`,
  );
  await expect(read(".")).rejects.toThrow("is a folder");
  await expect(read(write("empty", "\n"))).rejects.toThrow("is empty; write the secret into it");
  await expect(read(write("binary", new Uint8Array([0xff, 0xfe, 0])))).rejects.toThrow("save it as UTF-8");
  await expect(read(write("nul", "a\0b"))).rejects.toThrow("save it as UTF-8");
  await expect(read(write("large", "x".repeat(65_537)))).rejects.toThrow("is larger than 65536 bytes");
  await expect(read("/dev/zero")).rejects.toThrow("is a device");
  symlinkSync("circle", join(folder, "circle"));
  await expect(read("circle")).rejects.toThrow("is a link to itself");
});

it("a pipe that nobody writes into does not hold up the start", async () => {
  execFileSync("mkfifo", [join(folder, "pipe")]);
  await expect(read("pipe")).rejects.toThrow("is a pipe");
});

it("a change is told when the file, or a link in its folder as Kubernetes has it, is replaced", async () => {
  const changed = Promise.withResolvers<void>();
  write("v1", "one");
  symlinkSync("v1", join(folder, "..data"));
  using _watching = store.watch?.("..data", changed.resolve);
  write("v2", "two");
  symlinkSync("v2", join(folder, "..next"));
  renameSync(join(folder, "..next"), join(folder, "..data"));
  await changed.promise;
  expect(await read("..data")).toBe("two");
});

it("a folder that cannot be watched is no failure", () => {
  using watching = store.watch?.("nowhere/x", () => expect.fail());
  expect(watching).toBeDefined();
});
