// OpenAI's own package in a page of another site: it works against the broker, with the user's token.
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

test("a page does with it what it does with OpenAI, and refusals raise its exceptions", async () => {
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
    yaml: `
cors: { origins: ["${site.url}"] }
callers: { tokens: [{ name: ada, token: ${token} }] }
relay: { all: { allow: [members], paths: [inference, /v1/files, /v1/files/*] } }`,
  });
  const page = await browser.newPage();
  const troubles: string[] = [];
  page.on("pageerror", ({ message }) => troubles.push(message));
  await page.goto(`${site.url}/?broker=${broker.url}&token=${token}`);
  const outcome = await page.waitForFunction(() => (globalThis as { outcome?: unknown }).outcome);
  const said = "You said: Hello from a page";
  expect(await outcome.jsonValue()).toEqual({
    minted: "ek_",
    said,
    requestId: true,
    streamed: said,
    aborted: true,
    responded: said,
    embedded: 1,
    uploaded: "from a page",
    nobody: "true invalid_api_key",
    closed: "true path-forbidden",
  });
  expect(troubles).toEqual([]);
  await page.close();
});
