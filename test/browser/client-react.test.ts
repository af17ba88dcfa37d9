// React in real Chromium: the example as its user builds it, and the documentation's lines.
import { execFile } from "node:child_process";
import { cp, mkdir, mkdtemp, readdir, readFile, rm, symlink } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { promisify } from "node:util";
import type { Browser } from "playwright-core";
import { build } from "vite";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { launchChromium } from "../support/chromium.ts";
import { exampleIn } from "../support/documentation.ts";
import { bundlePage, type ClientPage, openClientPage } from "./client-page.ts";

const root = new URL("../../", import.meta.url).pathname;
const tsc = join(root, "node_modules/.bin/tsc");
const run = promisify(execFile);

let browser: Browser;
beforeAll(async () => {
  browser = await launchChromium();
});
afterAll(() => browser.close());

/** The package as it is published, installed beside React in the example's folder. */
const installExample = async (): Promise<string> => {
  const folder = await mkdtemp(join(tmpdir(), "react-example-"));
  await cp(join(root, "examples/react"), folder, { recursive: true });
  const installed = join(folder, "node_modules/realtime-key-broker");
  // The set-up of the browser tests has built it.
  await cp(join(root, "dist/client"), join(installed, "dist/client"), { recursive: true });
  await cp(join(root, "package.json"), join(installed, "package.json"));
  await mkdir(join(folder, "node_modules/@types"));
  for (const name of [
    "react",
    "react-dom",
    "scheduler",
    "csstype",
    "vite",
    "@types/react",
    "@types/react-dom",
  ])
    await symlink(join(root, "node_modules", name), join(folder, "node_modules", name));
  return folder;
};

const statusOf = ({ page }: ClientPage, status: string) =>
  page.getByRole("status").getByText(status).waitFor();

describe("examples/react", () => {
  let folder: string;
  const files: Record<string, string> = {};
  beforeAll(async () => {
    folder = await installExample();
    await build({
      root: folder,
      configFile: false,
      logLevel: "error",
      define: { "import.meta.env.VITE_BROKER_URL": '"https://broker.example.com"' },
    });
    for (const file of await readdir(join(folder, "dist"), { recursive: true }))
      if (/\.\w+$/.test(file)) files[file] = await readFile(join(folder, "dist", file), "utf8");
  });
  afterAll(() => rm(folder, { recursive: true }));

  it("has types that its compiler accepts", async () => {
    const { stdout } = await run(tsc, ["-p", folder]).catch((cause) => cause);
    expect(stdout).toBe("");
  });

  it("speaks, is written to, muted, stopped and started again", async () => {
    await using voice = await openClientPage(browser, { files });
    const { page } = voice;
    await page.getByRole("button", { name: "Talk" }).click();
    await statusOf(voice, "live");
    await page.getByLabel("Message").fill("What time is it?");
    await page.getByRole("button", { name: "Send" }).click();
    await page.getByText("user: What time is it?").waitFor();
    await page.getByText("assistant: The tool has answered").waitFor();
    await page.getByRole("button", { name: "Mute" }).click();
    await page.getByRole("button", { name: "Unmute" }).waitFor();
    expect(await page.evaluate(() => window.microphones[0]?.getTracks()[0]?.enabled)).toBe(false);
    await page.getByRole("button", { name: "Stop" }).click();
    await statusOf(voice, "stopped");
    expect(await voice.microphones()).toEqual(["ended"]);
    await page.getByRole("button", { name: "Talk" }).click();
    await statusOf(voice, "live");
    expect(await page.getByRole("listitem").count()).toBe(0);
    expect((await voice.calls()).map(({ open }) => open).sort()).toEqual([false, true]);
  });

  it("shows its user a sentence when the service refuses, and can be tried again", async () => {
    const callers = '{ tokens: [{ name: ada, token: "the-token-of-the-tests-1" }] }';
    await using voice = await openClientPage(browser, { files, callers });
    const { page } = voice;
    await page.getByRole("button", { name: "Talk" }).click();
    await statusOf(voice, "failed");
    expect(await page.getByRole("alert").textContent()).toMatch(/^[A-Z][^:`_]+\.$/);
    await page.evaluate(() => sessionStorage.setItem("token", "the-token-of-the-tests-1"));
    await page.getByRole("button", { name: "Talk" }).click();
    await statusOf(voice, "live");
    expect(await page.getByRole("alert").count()).toBe(0);
  });
});

describe("useVoice", () => {
  const open = async (): Promise<ClientPage> => {
    const talk = exampleIn("docs/client.md", "tsx", "<!-- example: react -->");
    const code = `import { StrictMode, useEffect } from "react";
      import { createRoot } from "react-dom/client";
      ${talk.replace("return (", "useEffect(() => { void start(); }, [start]);\n  return (")}
      const root = createRoot(document.querySelector("main"));
      root.render(<StrictMode><Talk /></StrictMode>);
      window.leave = () => root.unmount();`;
    const html = '<main></main><script type="module" src="/page.js"></script>';
    return openClientPage(browser, { files: { "index.html": html, "page.js": await bundlePage(code) } });
  };

  it("started by an effect in strict mode opens one session, which ends with its component", async () => {
    await using voice = await open();
    await expect.poll(async () => (await voice.calls()).filter(({ open }) => open).length).toBe(1);
    await voice.page.getByRole("button", { name: "Stop" }).waitFor();
    await voice.page.waitForTimeout(500);
    expect((await voice.microphones()).filter((state) => state === "live")).toHaveLength(1);
    expect((await voice.calls()).filter(({ open }) => open)).toHaveLength(1);
    await voice.page.evaluate(() => (window as unknown as { leave(): void }).leave());
    await expect.poll(async () => (await voice.calls()).filter(({ open }) => open).length).toBe(0);
    expect(new Set(await voice.microphones())).toEqual(new Set(["ended"]));
  });
});
