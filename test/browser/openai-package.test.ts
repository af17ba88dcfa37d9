// OpenAI's own package in a page of somebody else's: it mints at the broker, with the user's token.
import { readFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import type { Browser } from "playwright-core";
import { build } from "vite";
import { afterAll, beforeAll, expect, test } from "vitest";
import { createTestBroker } from "../support/broker.ts";
import { launchChromium } from "../support/chromium.ts";
import { emulateOpenAi } from "../support/openai.ts";
import { serve } from "../support/server.ts";

let browser: Browser;
beforeAll(async () => {
  browser = await launchChromium();
});
afterAll(() => browser.close());

const bundle = async (): Promise<string> => {
  const entry = new URL("./pages/openai-package/page.js", import.meta.url).pathname;
  const outDir = join(tmpdir(), `realtime-key-broker-openai-${process.pid}`);
  const lib = { entry, formats: ["es" as const], fileName: () => "page.js" };
  const rolldownOptions = { output: { codeSplitting: false } };
  const how = { lib, outDir, emptyOutDir: true, rolldownOptions };
  await build({ configFile: false, publicDir: false, logLevel: "error", build: how });
  return readFile(join(outDir, "page.js"), "utf8");
};

test("a page mints with it, and a wrong token raises its exception", async () => {
  const script = await bundle();
  const token = "ada-0123456789abcdef";
  await using site = await serve((request, answer) => {
    const isScript = request.url === "/page.js";
    answer.setHeader("content-type", isScript ? "text/javascript" : "text/html");
    answer.end(isScript ? script : '<!doctype html><script type="module" src="/page.js"></script>');
  });
  await using upstream = await emulateOpenAi();
  await using broker = await createTestBroker({
    openai: upstream.baseUrl,
    yaml: `{ cors: { origins: ["${site.url}"] }, callers: { tokens: [{ name: ada, token: ${token} }] } }`,
  });
  const page = await browser.newPage();
  const troubles: string[] = [];
  page.on("pageerror", ({ message }) => troubles.push(message));
  await page.goto(`${site.url}/?broker=${broker.url}&token=${token}`);
  await expect.poll(async () => [...troubles, await page.title()]).toEqual(["ek_ true invalid_api_key"]);
  await page.close();
});
