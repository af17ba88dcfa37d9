// The operator's page while it is open for long.
import type { Browser, Page } from "playwright-core";
import { afterAll, beforeAll, expect, test } from "vitest";
import { launchChromium } from "../support/chromium.ts";
import { openAdminPage } from "./admin-page.ts";

let browser: Browser;
beforeAll(async () => {
  browser = await launchChromium();
});
afterAll(() => browser.close());

const show = (page: Page, isHidden: boolean) =>
  page.evaluate((hidden) => {
    Object.defineProperty(document, "hidden", { configurable: true, value: hidden });
    document.dispatchEvent(new Event("visibilitychange"));
  }, isHidden);

test("a tab in the background holds no connection, and is up to date when it is looked at again", async () => {
  await using admin = await openAdminPage(browser);
  const { page } = admin;
  let ended = 0;
  page.on("requestfailed", (request) => {
    if (request.url().endsWith("/admin/api/events")) ended += 1;
  });
  await page.getByText("Live", { exact: true }).waitFor();
  await show(page, true);
  await expect.poll(() => ended).toBe(1);
  const loaded = page.waitForResponse(/\/admin\/api\/overview/);
  await show(page, false);
  expect((await loaded).status()).toBe(200);
  await page.getByText("Live", { exact: true }).waitFor();
});
