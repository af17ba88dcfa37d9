// The recipes of CONTRIBUTING.md, applied to a copy of the sources; what they tell to run is run there.
import { execFile, execFileSync } from "node:child_process";
import { mkdir, readFile, writeFile } from "node:fs/promises";
import { dirname } from "node:path";
import { promisify } from "node:util";
import { expect, it } from "vitest";
import { createWorkingCopy } from "../support/working-copy.ts";

const root = new URL("../../", import.meta.url).pathname;

/** Everything that is not installed, built or written by a run. */
const listSources = (): string[] =>
  execFileSync("git", ["ls-files", "--cached", "--others", "--exclude-standard"], {
    cwd: root,
    encoding: "utf8",
  })
    .split("\n")
    .filter((path) => path !== "");

interface Recipes {
  files: { path: string; text: string }[];
  patch: string;
  /** The test files that the recipes name. */
  checks: string[];
}

const readRecipes = (document: string): Recipes => {
  const blocks = [...document.matchAll(/(?:^`(\S+)`\n\n)?^```(\w+)\n(.*?)^```$/gms)];
  const textsOf = (language: string) =>
    blocks.filter(([, , found]) => found === language).map(([, , , text = ""]) => text);
  return {
    files: blocks.flatMap(([, path, , text = ""]) => (path === undefined ? [] : [{ path, text }])),
    patch: textsOf("diff").join(""),
    checks: textsOf("sh").flatMap((command) => command.match(/test\/\S+\.test\.ts/g) ?? []),
  };
};

const run = promisify(execFile);

/** Rejects with what the command wrote. */
const runIn = (folder: string, command: string, args: readonly string[]): Promise<string> =>
  run(command, args, { cwd: folder }).then(
    ({ stdout }) => stdout,
    ({ stdout, stderr }: { stdout: string; stderr: string }) => {
      throw new Error(`${command} ${args.join(" ")}\n${stdout}\n${stderr}`);
    },
  );

it("has recipes that apply, type-check, and pass the checks that they name", async () => {
  const { files, patch, checks } = readRecipes(await readFile(`${root}CONTRIBUTING.md`, "utf8"));
  expect(files).toHaveLength(5);
  expect(checks).toHaveLength(7);
  // What is built is in the copy as in a checkout after `npm ci`.
  await using copy = await createWorkingCopy([
    ...listSources(),
    "dist/client",
    "dist/web-demo",
    "dist/web-admin",
  ]);
  for (const { path, text } of files) {
    await mkdir(dirname(copy.root + path), { recursive: true });
    await writeFile(copy.root + path, text);
  }
  await writeFile(`${copy.root}recipes.diff`, patch);
  await runIn(copy.root, "git", ["apply", "recipes.diff"]);
  await runIn(copy.root, "npx", ["tsc", "-p", ".", "--checkers", "1"]);
  await runIn(copy.root, "npm", ["run", "contract"]);
  await runIn(copy.root, "npx", ["vitest", "run", "--project", "node", ...checks]);
}, 240_000);
