// The Vitest recipe of the emulator's page, run as a reader would.
import { execFile } from "node:child_process";
import { readFile, rm, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { promisify } from "node:util";
import { afterAll, beforeAll, expect, it } from "vitest";
import { recipeFolder, writeRecipe } from "../support/emulator-recipe.ts";

const root = new URL("../../", import.meta.url).pathname;
const run = promisify(execFile);

let folder: string;
beforeAll(async () => {
  folder = await recipeFolder();
});
afterAll(() => rm(folder, { recursive: true }));

it("Vitest runs its recipe", async () => {
  await writeRecipe(folder, "assistant.test.ts");
  await writeFile(join(folder, "vitest.config.ts"), "export default {};\n");
  const report = join(folder, "report.json");
  const vitest = join(root, "node_modules/vitest/vitest.mjs");
  const args = [vitest, "run", "--root", folder, "--reporter", "json", "--outputFile", report];
  await run(process.execPath, args, { cwd: folder });
  expect(JSON.parse(await readFile(report, "utf8"))).toMatchObject({ success: true, numPassedTests: 2 });
});
