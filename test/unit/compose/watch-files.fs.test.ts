// How a change of files is noticed, however it is made.
import { mkdir, mkdtemp, rename, rm, symlink, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, expect, it } from "vitest";
import { watchFiles } from "../../../server/compose/watch-files.fs.ts";
import { createTestTime } from "../../support/time.ts";
import { until } from "../../support/wait.ts";

let folder: string;
beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), "watch-"));
});
afterEach(() => rm(folder, { recursive: true }));

const setUp = async (...names: string[]) => {
  const time = createTestTime();
  let changes = 0;
  const watch = watchFiles({
    files: () => names.map((name) => join(folder, name)),
    isWanted: () => true,
    timers: time.timers,
    onChange: () => {
      changes += 1;
    },
  });
  /** The files are looked at once more. */
  const look = async () => {
    await until("it has looked", () => time.pending() === 1);
    await time.pass(1000);
    await until("it has looked", () => time.pending() === 1);
    return changes;
  };
  await until("it has looked", () => time.pending() === 1);
  return { look, time, [Symbol.dispose]: () => watch[Symbol.dispose]() };
};
const write = (name: string, text: string) => writeFile(join(folder, name), text);

it("tells once of a file that was written, when it has stayed the same for a second", async () => {
  await write("broker.yaml", "a");
  using watched = await setUp("broker.yaml");
  expect(await watched.look()).toBe(0);
  await write("broker.yaml", "ab");
  expect(await watched.look()).toBe(0);
  await write("broker.yaml", "abc");
  expect(await watched.look()).toBe(0);
  expect(await watched.look()).toBe(1);
  expect(await watched.look()).toBe(1);
});

it("sees an editor's new file in the place of the old one, and a file that comes and goes", async () => {
  await write("broker.yaml", "a");
  using watched = await setUp("broker.yaml", ".env");
  await write("new", "b");
  await rename(join(folder, "new"), join(folder, "broker.yaml"));
  await watched.look();
  expect(await watched.look()).toBe(1);
  await write(".env", "A=b");
  await watched.look();
  expect(await watched.look()).toBe(2);
  await rm(join(folder, ".env"));
  await watched.look();
  expect(await watched.look()).toBe(3);
});

it("sees a Kubernetes volume exchange the folder behind its link", async () => {
  const version = async (name: string, text: string) => {
    await mkdir(join(folder, name));
    await write(join(name, "broker.yaml"), text);
    await symlink(name, join(folder, "..data_tmp"));
    await rename(join(folder, "..data_tmp"), join(folder, "..data"));
  };
  await version("..2026_1", "a");
  await symlink("..data/broker.yaml", join(folder, "broker.yaml"));
  using watched = await setUp("broker.yaml");
  await version("..2026_2", "b");
  await rm(join(folder, "..2026_1"), { recursive: true });
  await watched.look();
  expect(await watched.look()).toBe(1);
});

it("looks no more once it was stopped", async () => {
  const watched = await setUp("broker.yaml");
  watched[Symbol.dispose]();
  expect(watched.time.pending()).toBe(0);
});
