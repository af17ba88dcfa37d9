// The voice page where guests are not let in: it asks for a token and keeps it for the tab.
import type { Browser } from "playwright-core";
import { afterAll, beforeAll, expect, test } from "vitest";
import { launchChromium } from "../support/chromium.ts";
import { openVoicePage, patientProfile, shoot } from "./voice-page.ts";

let browser: Browser;
beforeAll(async () => {
  browser = await launchChromium();
});
afterAll(() => browser.close());

const secret = "alices-token-0123456789";
const yaml = patientProfile().replace(
  "callers: { guests: loopback }",
  `callers: { tokens: [{ name: alice, token: ${secret} }] }`,
);

test("asks for a token, says when it is wrong, and starts with the right one", async () => {
  await using voice = await openVoicePage(browser, { yaml });
  const { page } = voice;
  const field = page.getByLabel("Access token");
  await field.waitFor();
  expect(await field.getAttribute("type")).toBe("password");
  expect(await page.getByRole("button", { name: "Start talking" }).isDisabled()).toBe(true);
  await shoot(page, "page-token");

  await field.fill("another-users-token-0123");
  await field.press("Enter");
  await page.getByText("That token was not accepted.").waitFor();
  expect(await field.inputValue()).toBe("");

  await field.fill(secret);
  await page.getByRole("button", { name: "Use token" }).press("Enter");
  await page.getByText("current_time").first().waitFor();
  expect(await field.isVisible()).toBe(false);
  // The focus is on the start button.
  await page.keyboard.press("Enter");
  await page.getByRole("status").getByText("Live").waitFor();
});

test("keeps the token in this tab only, and forgets it when told to", async () => {
  await using voice = await openVoicePage(browser, { yaml });
  const { page } = voice;
  const addresses: string[] = [];
  page.on("request", (request) => addresses.push(request.url()));
  await page.getByLabel("Access token").fill(secret);
  await page.getByLabel("Access token").press("Enter");
  await page.getByRole("button", { name: "Forget it" }).waitFor();
  await page.reload();
  await page.getByText("current_time").first().waitFor();
  expect(addresses.join()).not.toContain(secret);
  expect(await page.evaluate(() => JSON.stringify(localStorage) + document.cookie)).toBe("{}");
  await page.getByRole("button", { name: "Forget it" }).click();
  await page.getByLabel("Access token").waitFor();
  expect(await page.evaluate(() => JSON.stringify(sessionStorage))).toBe("{}");
});

test("takes the token from the address that brought it, and keeps it out of address and requests", async () => {
  await using voice = await openVoicePage(browser, { yaml });
  const { page, broker } = voice;
  const addresses: string[] = [];
  page.on("request", (request) => addresses.push(request.url()));
  // The page is open already, so only the fragment changes.
  await page.goto(`${broker.url}/#token=${secret}`);
  await page.getByText("current_time").first().waitFor();
  expect(page.url()).toBe(`${broker.url}/`);
  expect(addresses.join().replaceAll(/#\S*/g, "")).not.toContain(secret);
  await page.reload();
  await page.getByText("current_time").first().waitFor();
});
