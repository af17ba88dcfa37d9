// `npm run build` in a copy of the sources: it builds what has changed, and says when it cannot.
import { execFile } from "node:child_process";
import { appendFile, mkdir, realpath, rm, stat, symlink } from "node:fs/promises";
import { promisify } from "node:util";
import { expect, it } from "vitest";
import { createWorkingCopy } from "../support/working-copy.ts";

const SOURCES = [
  ...["client", "web-demo", "web-admin", "server/ledger/calendar.ts", "scripts"],
  ...["package.json", "package-lock.json", "tsconfig.json"],
];
// It runs Vite and TypeScript, on machines that have other work.
const WAIT_MS = 120_000;

const build = (folder: string, ...args: string[]) =>
  promisify(execFile)(process.execPath, ["scripts/build.js", ...args], { cwd: folder });

it(
  "builds the client modules and the page once, and each again when its sources change",
  async () => {
    await using copy = await createWorkingCopy(SOURCES);
    const built = async () => {
      await build(copy.root);
      const files = ["client/client.js", "client/react/index.d.ts", "web-demo/index.html"];
      return Promise.all(files.map(async (file) => (await stat(`${copy.root}dist/${file}`)).mtimeMs));
    };
    const first = await built();
    expect(await built()).toEqual(first);
    await appendFile(`${copy.root}web-demo/main.ts`, "\n");
    const [client, types, page = 0] = await built();
    expect([client, types]).toEqual(first.slice(0, 2));
    expect(page).toBeGreaterThan(first[2] ?? 0);
    await rm(`${copy.root}dist/client`, { recursive: true });
    const [clientAgain = 0, , pageAgain] = await built();
    expect(clientAgain).toBeGreaterThan(first[0] ?? 0);
    expect(pageAgain).toBe(page);
  },
  WAIT_MS,
);

it("says that it needs the build tools, and does without where that is asked for", async () => {
  await using copy = await createWorkingCopy(SOURCES);
  await rm(`${copy.root}node_modules`);
  const says = expect.stringContaining("The build tools are not installed");
  expect(await build(copy.root, "--if-possible")).toMatchObject({ stderr: says });
  await expect(build(copy.root)).rejects.toMatchObject({ code: 1, stderr: says });
});

it("does without, too, where only some of the tools are there", async () => {
  await using copy = await createWorkingCopy(SOURCES);
  const tools = await realpath(`${copy.root}node_modules`);
  await rm(`${copy.root}node_modules`);
  await mkdir(`${copy.root}node_modules/@typescript`, { recursive: true });
  for (const name of ["vite", "deep-chat", "@typescript/native"]) {
    await symlink(`${tools}/${name}`, `${copy.root}node_modules/${name}`);
  }
  const says = expect.stringMatching(/not installed.* Missing: .*react/);
  expect(await build(copy.root, "--if-possible")).toMatchObject({ stderr: says });
});
