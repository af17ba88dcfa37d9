// The operator's page while it is open for long, and with what callers may be called.
import type { Browser, Page } from "playwright-core";
import { afterAll, beforeAll, expect, test } from "vitest";
import { keepRecords } from "../support/books.ts";
import { launchChromium } from "../support/chromium.ts";
import { usageRecord } from "../support/usage-records.ts";
import { openAdminPage } from "./admin-page.ts";
import { shoot } from "./voice-page.ts";

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

test.each([1440, 390])("at %i px a caller with a long name pushes no figures out of sight", async (width) => {
  await using admin = await openAdminPage(browser, {
    isEmpty: true,
    context: { viewport: { width, height: 900 } },
  });
  const { page, books } = admin;
  await page.getByText("No requests here yet").waitFor();
  const caller = `https://login.example.com/${"tenant".repeat(40)}#ada`;
  const record = usageRecord("long", { at: Date.now(), caller, costNanoUsd: 1_234_567_890_000_000 });
  await keepRecords(books.database, "sqlite", [record]);
  const row = page.locator(".breakdown tbody tr").first();
  await row.waitFor();
  // The end tells callers of one identity provider apart.
  expect(await row.locator("th").textContent()).toMatch(/….*tenant#ada$/);
  const widthOf = () => page.evaluate(() => document.documentElement.scrollWidth);
  expect(await widthOf()).toBe(width);
  const name = await row.locator("th").boundingBox();
  expect((name?.x ?? 0) + (name?.width ?? Number.POSITIVE_INFINITY)).toBeLessThan(0.75 * width);
  await page.waitForTimeout(300);
  await shoot(page, `admin-long-name-${width}`);
});
