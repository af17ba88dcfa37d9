// A journal's segments keep the same promises in memory and in files.
import { execFileSync } from "node:child_process";
import { existsSync, mkdtempSync, readdirSync, rmSync, statSync, truncateSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, describe, expect, it } from "vitest";
import { lockFolder } from "../../server/ledger/folder-lock.sqlite.ts";
import { fileSegments } from "../../server/ledger/segments.fs.ts";
import { memorySegments } from "../../server/ledger/segments.memory.ts";
import type { Segments } from "../../server/ledger/segments.ts";
import { systemRandom } from "../../server/random.ts";

const root = mkdtempSync(join(tmpdir(), "segments-"));
afterAll(() => rmSync(root, { recursive: true }));

let folders = 0;
const newFolder = (): string => {
  folders += 1;
  return join(root, "journal", String(folders));
};
const inFiles = (folder = newFolder()) =>
  fileSegments({ folder, lock: lockFolder, newName: systemRandom.uuid });

describe.each<[string, () => Segments]>([
  ["memory", memorySegments],
  ["files", inFiles],
])("%s", (_, open) => {
  it("reads what was written, from any place", async () => {
    const segments = open();
    const segment = await segments.create();
    await segment.write(Buffer.from("one two "), 0);
    await segment.write(Buffer.from("three"), 8);
    const read = async (from: number, max: number) => String(await segments.read(segment.name, from, max));
    expect(await read(0, 100)).toBe("one two three");
    expect(await read(4, 3)).toBe("two");
    expect(await read(100, 5)).toBe("");
    await segment.close();
    await segments.close();
  });

  it("writes the same again to the same place, when half of it was written", async () => {
    const segments = open();
    const segment = await segments.create();
    await segment.write(Buffer.from("one tw"), 0);
    await segment.write(Buffer.from("one two"), 0);
    expect(String(await segments.read(segment.name, 0, 100))).toBe("one two");
    await segment.close();
    await segments.close();
  });

  it("gives each segment a name of its own, and removes one without the others", async () => {
    const segments = open();
    const [first, second] = [await segments.create(), await segments.create()];
    await first.write(Buffer.from("first"), 0);
    await second.write(Buffer.from("second"), 0);
    await first.close();
    await segments.remove(first.name);
    await segments.remove(first.name);
    expect(await segments.read(first.name, 0, 100)).toHaveLength(0);
    expect(String(await segments.read(second.name, 0, 100))).toBe("second");
    await second.close();
    await segments.close();
  });
});

const leave = async (folder: string, text: string): Promise<void> => {
  const segments = inFiles(folder);
  const segment = await segments.create();
  await segment.write(Buffer.from(text), 0);
  await segment.close();
  await segments.close();
};

it("takes up what an earlier process left, once", async () => {
  const folder = newFolder();
  await leave(folder, "left");
  const [first, second] = [inFiles(folder), inFiles(folder)];
  const taken = [...(await first.takeUpLeftovers()), ...(await second.takeUpLeftovers())];
  expect(taken).toEqual([
    { name: expect.stringMatching(/^[\w-]{36}\/000001\.jsonl$/), bytes: 4, isWhole: true },
  ]);
  expect(await first.takeUpLeftovers()).toEqual([]);
  await first.remove(taken[0]?.name ?? "");
  await Promise.all([first.close(), second.close()]);
  expect(existsSync(folder)).toBe(false);
});

it("leaves alone what a living process writes", async () => {
  const folder = newFolder();
  const living = inFiles(folder);
  const segment = await living.create();
  await segment.write(Buffer.from("alive"), 0);
  const other = inFiles(folder);
  expect(await other.takeUpLeftovers()).toEqual([]);
  await segment.close();
  await living.close();
  expect(await other.takeUpLeftovers()).toHaveLength(1);
  await other.close();
});

it("takes up what a killed process left, and nothing of one that is only stopped", async () => {
  const folder = newFolder();
  await leave(folder, "left");
  const [journal = ""] = readdirSync(folder);
  const script = `
    import { lockFolder } from ${JSON.stringify(new URL("../../server/ledger/folder-lock.sqlite.ts", import.meta.url).href)};
    const lock = lockFolder(${JSON.stringify(join(folder, journal))});
    process.stdout.write(lock ? "locked" : "held");`;
  const tryElsewhere = () =>
    execFileSync(process.execPath, ["--input-type=module", "-e", script], { encoding: "utf8" });
  const segments = inFiles(folder);
  expect(await segments.takeUpLeftovers()).toHaveLength(1);
  expect(tryElsewhere()).toBe("held");
  await segments.close();
  expect(tryElsewhere()).toBe("locked");
});

it("lets only its own account read the files", async () => {
  const folder = newFolder();
  await leave(folder, "left");
  const [journal = ""] = readdirSync(folder);
  const mode = (path: string) => (statSync(path).mode & 0o777).toString(8);
  expect(mode(join(folder, journal))).toBe("700");
  expect(mode(join(folder, journal, "000001.jsonl"))).toBe("600");
});

it("reads what is left of a segment that has become shorter", async () => {
  const folder = newFolder();
  await leave(folder, "left");
  const segments = inFiles(folder);
  const [taken] = await segments.takeUpLeftovers();
  truncateSync(join(folder, taken?.name ?? ""), 2);
  expect(String(await segments.read(taken?.name ?? "", 0, 4))).toBe("le");
  await segments.close();
});
