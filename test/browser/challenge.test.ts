// The voice page as a public demo: visitors without an account, who work for their keys without knowing it.
import type { Browser } from "playwright-core";
import { afterAll, beforeAll, expect, test } from "vitest";
import { createTestBroker } from "../support/broker.ts";
import { launchChromium } from "../support/chromium.ts";
import { serve } from "../support/server.ts";
import { openVoicePage, patientProfile, shoot } from "./voice-page.ts";

let browser: Browser;
beforeAll(async () => {
  browser = await launchChromium({ microphone: "speech" });
});
afterAll(() => browser.close());

test("a conversation begins, and the page stays awake while it solves", async () => {
  const yaml = patientProfile().replace(
    "callers: { guests: loopback }",
    "callers: { guests: anyone, challenge: {} }",
  );
  const before = (): void => {
    let last = performance.now();
    setInterval(() => {
      const now = performance.now();
      const { dataset } = document.documentElement;
      dataset.longestNap = String(Math.max(Number(dataset.longestNap ?? 0), now - last));
      last = now;
    }, 10);
  };
  await using voice = await openVoicePage(browser, { yaml, before });
  const { page, broker, troubles } = voice;
  await page.getByText("current_time").first().waitFor();
  await page.getByRole("button", { name: "Start talking" }).click();
  await page.getByRole("status").getByText("Live").waitFor();
  await shoot(page, "page-challenge");
  expect(broker.logs.filter(({ route }) => route === "/challenge").length).toBe(1);
  // The browser itself reports the one refusal that the page learns from.
  expect(troubles).toEqual([expect.stringMatching(/^error: .*401/)]);
  const nap = Number(await page.evaluate(() => document.documentElement.dataset.longestNap));
  expect(nap).toBeLessThan(1000);
});

test("a page on another origin, which loads the module from the broker, solves it too", async () => {
  await using site = await serve((_, answer) => answer.end("<!doctype html><title>Elsewhere</title>"));
  await using broker = await createTestBroker({
    openai: "http://127.0.0.1:9/v1",
    yaml: `{ cors: { origins: ["${site.url}"] }, callers: { guests: anyone, challenge: { cost: 500 } } }`,
  });
  const page = await browser.newPage();
  await page.goto(site.url);
  const content = `
    import { brokerClient } from "${broker.url}/client.js";
    const tools = await brokerClient().listTools();
    document.title = tools.map(({ name }) => name).join();
  `;
  await page.addScriptTag({ type: "module", content });
  await page.waitForFunction(() => document.title === "convert_units,current_time");
  await page.close();
  expect(broker.logs.filter(({ route }) => route === "/challenge.js").length).toBe(1);
});
