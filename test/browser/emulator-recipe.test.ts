// The Playwright recipe of the emulator's page, run as a reader would: two servers, Chromium, and its own fake microphone.
import { execFile } from "node:child_process";
import { rm } from "node:fs/promises";
import { join } from "node:path";
import { promisify } from "node:util";
import { afterAll, beforeAll, expect, test } from "vitest";
import { findChromium } from "../support/chromium.ts";
import { recipeFolder, writeRecipe } from "../support/emulator-recipe.ts";

const root = new URL("../../", import.meta.url).pathname;
const node = process.execPath;

let folder: string;
beforeAll(async () => {
  folder = await recipeFolder();
});
afterAll(() => rm(folder, { recursive: true }));

test("Playwright runs its recipe", async () => {
  // Below the ports that the system gives to others between now and the start.
  const emulator = 20_000 + 2 * (process.pid % 6000);
  const service = emulator + 1;
  const edit = (text: string): string =>
    text
      .replace("npx realtime-key-broker emulator", `${node} ${join(root, "emulator/main.ts")}`)
      .replace("npx realtime-key-broker demo", `${node} --import ./server/runtime.js server/main.ts --demo`)
      .replace(
        "env: {",
        `cwd: ${JSON.stringify(root)},\nenv: { PORT: "${service}", DATABASE_URL: "sqlite::memory:",`,
      )
      .replace("launchOptions: {", `launchOptions: { executablePath: ${JSON.stringify(findChromium())},`)
      .replace("args: [", 'args: ["--no-sandbox",')
      .replaceAll("8788", String(emulator))
      .replaceAll("8787", String(service));
  await writeRecipe(folder, "playwright.config.ts", edit);
  await writeRecipe(folder, "voice.spec.ts", edit);
  const cli = join(root, "node_modules/@playwright/test/cli.js");
  const args = [cli, "test", "--reporter", "line", "--output", join(folder, "results")];
  const { stdout, stderr } = await promisify(execFile)(node, args, { cwd: folder }).catch(
    (failure: { stdout: string; stderr: string }) => failure,
  );
  expect(stdout + stderr).toContain("1 passed");
});
