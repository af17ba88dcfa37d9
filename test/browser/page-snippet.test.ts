// The lines that the voice page offers for copying work as they are, on a page of another origin.
import { readFile } from "node:fs/promises";
import { createServer } from "node:http";
import type { AddressInfo } from "node:net";
import type { Browser } from "playwright-core";
import { afterAll, beforeAll, expect, test } from "vitest";
import { launchChromium } from "../support/chromium.ts";
import { openVoicePage, patientProfile } from "./voice-page.ts";

let browser: Browser;
beforeAll(async () => {
  browser = await launchChromium({ microphone: "speech" });
});
afterAll(() => browser.close());

const bundle = new URL("../../node_modules/deep-chat/dist/deepChat.bundle.js", import.meta.url);

/** A page of another site, with Deep Chat beside it. */
const hostPage = async (html: () => string) => {
  const server = createServer(async (request, response) => {
    const isScript = request.url === "/deepChat.bundle.js";
    response.setHeader("content-type", isScript ? "text/javascript" : "text/html");
    response.end(isScript ? await readFile(bundle) : html());
  });
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  const { port } = server.address() as AddressInfo;
  return {
    origin: `http://127.0.0.1:${port}`,
    [Symbol.asyncDispose]: async () => {
      server.closeAllConnections();
      await new Promise((resolve) => server.close(resolve));
    },
  };
};

test("the copied lines add voice to another page", async () => {
  let copied = "";
  await using host = await hostPage(() => `<!doctype html><script>const userToken = "";</script>${copied}`);
  const yaml = patientProfile().replace("profiles:", `cors: { origins: ["${host.origin}"] }\nprofiles:`);
  const turns = [{ says: "I can hear you, loud and clear." }];
  const context = { permissions: ["clipboard-read", "clipboard-write", "microphone"] };
  await using voice = await openVoicePage(browser, { yaml, turns, context });
  await voice.page.getByRole("button", { name: "Copy" }).click();
  await voice.page.getByRole("button", { name: "Copied" }).waitFor();
  copied = await voice.page.evaluate(() => navigator.clipboard.readText());
  expect(copied).toContain(`${voice.broker.url}/client.js`);

  const page = await voice.page.context().newPage();
  const heard = page.waitForEvent("console", async (message) => message.text().includes("assistant"));
  await page.goto(host.origin);
  await page.getByRole("button", { name: "Start talking" }).click();
  await heard;
});
