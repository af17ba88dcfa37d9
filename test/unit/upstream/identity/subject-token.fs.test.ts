// Identities in files, and what may stand in their place.
import { execFileSync } from "node:child_process";
import { mkdir, mkdtemp, rm, symlink, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, expect, it } from "vitest";
import { tokenFile } from "../../../../server/upstream/identity/subject-token.fs.ts";
import { createWorkload } from "../../../support/workload.ts";

const workload = await createWorkload();
const folder = await mkdtemp(join(tmpdir(), "broker-token-"));
afterAll(async () => {
  await workload[Symbol.asyncDispose]();
  await rm(folder, { recursive: true });
});
const at = (name: string) => join(folder, name);
const open = new AbortController().signal;
const read = (path: string) => tokenFile(path).read(open);

it("reads the token anew each time", async () => {
  const tokens = tokenFile(workload.file);
  const first = await tokens.read(open);
  await workload.project(`${await workload.token({ subject: "another" })}\n`);
  expect([first.claims.subject, (await tokens.read(open)).claims.subject]).toEqual([
    "system:serviceaccount:voice:broker",
    "another",
  ]);
});

it("follows links, as Kubernetes mounts them", async () => {
  await symlink(workload.file, at("..data"));
  await symlink(at("..data"), at("token"));
  expect((await read(at("token"))).type).toBe("jwt");
});

it("says what to do where there is none", async () => {
  await expect(read(at("none"))).rejects.toThrow(`there is no file ${at("none")}; mount the token there`);
});

it("refuses what is no file, without waiting for it", async () => {
  await mkdir(at("folder"));
  await expect(read(at("folder"))).rejects.toThrow("is no file");
  execFileSync("mkfifo", [at("pipe")]);
  await expect(read(at("pipe"))).rejects.toThrow("is no file");
  await expect(read("/dev/zero")).rejects.toThrow("is no file");
});

it("refuses a link to itself", async () => {
  await symlink(at("loop"), at("loop"));
  await expect(read(at("loop"))).rejects.toThrow("is a link to itself");
});

it("reads no more than a token can have", async () => {
  await writeFile(at("huge"), `eyJ.${"a".repeat(5_000_000)}.b`);
  await expect(read(at("huge"))).rejects.toThrow("holds no signed token");
});

it.each([
  ["nothing", "", "is empty"],
  ["white space", " \n", "is empty"],
  ["an API key", "sk-proj-0123456789abcdef", "holds no signed token"],
  ["a token whose claims are no JSON", "eyJ.aaaa.bbbb", "holds no signed token"],
  ["a header of a request", "Bearer eyJhbGci.eyJzdWIi.c2ln", "holds no signed token"],
])("says that it holds no token where it holds %s, and does not quote it", async (_, text, message) => {
  await writeFile(at("text"), text);
  const error: Error = await read(at("text")).then(
    () => expect.unreachable(),
    (thrown) => thrown,
  );
  expect(error.message).toBe(
    `${at("text")} ${message}${message.startsWith("holds") ? " (a JWT of three parts)" : ""}`,
  );
});
