// The voice page below a path.
import type { Browser } from "playwright-core";
import { afterAll, beforeAll, expect, test } from "vitest";
import { launchChromium } from "../support/chromium.ts";
import { openVoicePage } from "./voice-page.ts";

let browser: Browser;
beforeAll(async () => {
  browser = await launchChromium({ microphone: "speech" });
});
afterAll(() => browser.close());

test("below /voice the page talks, calls tools and takes what is written", async () => {
  const apples = { name: "convert_units", arguments: { value: 1, from: "metre", to: "gram" } };
  const turns = [{ calls: [apples] }, { says: "That is interesting. Please tell me more." }];
  await using voice = await openVoicePage(browser, { turns, env: { BASE_PATH: "/voice" }, path: "/voice" });
  const { page, broker } = voice;
  expect(new URL(page.url()).pathname).toBe("/voice/");
  await page.getByRole("button", { name: "Start talking" }).click();
  await page.getByRole("status").getByText("Live").waitFor();
  await page.getByText(/Failed in \d+ ms/).waitFor();
  const snippet = await page.getByRole("region", { name: "Code" }).innerText();
  expect(snippet).toContain(`"${new URL(broker.url).origin}/voice/client.js"`);
  await page.getByRole("button", { name: "Stop" }).click();
  const asked = page.waitForRequest((request) => request.url().includes("/v1/chat"));
  await page.getByRole("button", { name: "Write instead" }).click();
  await page.getByRole("region", { name: "In writing" }).getByRole("textbox").fill("Hello");
  await page.keyboard.press("Enter");
  expect(new URL((await asked).url()).pathname).toBe("/voice/v1/chat/completions");
  const paths = broker.logs.map(({ route }) => route);
  expect(paths).toEqual(expect.arrayContaining(["/", "/assets/*", "/tools", "/ephemeral-key", "/:toolName"]));
});
