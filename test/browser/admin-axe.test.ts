// What axe finds wrong on the operator's page: nothing, in each view, in both colour schemes and on a telephone.
import type { Browser, Page } from "playwright-core";
import { afterAll, beforeAll, expect, test } from "vitest";
import { launchChromium } from "../support/chromium.ts";
import { openAdminPage, operatorToken } from "./admin-page.ts";
import { axeFaults } from "./axe.ts";
import { shoot } from "./voice-page.ts";

let browser: Browser;
beforeAll(async () => {
  browser = await launchChromium();
});
afterAll(() => browser.close());

const sizes = { wide: { width: 1440, height: 900 }, telephone: { width: 390, height: 844 } };

test.each(Object.entries(sizes))("axe finds nothing in any view, %s", async (size, viewport) => {
  await using admin = await openAdminPage(browser, { context: { viewport } });
  const { page } = admin;
  const faults = (name: string) => faultsOf(page, `${name}-${size}`);
  await page.getByRole("region", { name: "Spend by day", exact: true }).locator("canvas").waitFor();
  expect(await faults("overview")).toEqual([]);
  await page.getByRole("link", { name: "Requests" }).click();
  await page.getByRole("row", { name: /502/ }).getByRole("link").first().click();
  await page.getByText("timed out").waitFor();
  expect(await faults("story")).toEqual([]);
  await page.keyboard.press("Escape");
  expect(await faults("requests")).toEqual([]);
  await page.getByRole("link", { name: "Users" }).click();
  await page.getByRole("button", { name: "Add user" }).click();
  expect(await faults("add-user")).toEqual([]);
  await page.getByLabel("Name").fill("ada");
  await page.keyboard.press("Enter");
  await page.getByRole("button", { name: "Done" }).waitFor();
  expect(await faults("token")).toEqual([]);
  await page.getByRole("button", { name: "Done" }).click();
  expect(await faults("users")).toEqual([]);
  await page.getByRole("button", { name: "Sign out" }).click();
  expect(await faults("sign-in")).toEqual([]);
});

test("nothing is wider than a telephone", async () => {
  await using admin = await openAdminPage(browser, { context: { viewport: sizes.telephone } });
  const { page, broker } = admin;
  for (const view of ["overview", "requests", "sessions", "users"]) {
    await page.goto("about:blank");
    await page.goto(new URL(`/admin?view=${view}#token=${operatorToken}`, broker.url).href);
    await page.getByRole("heading", { level: 2 }).first().waitFor();
    expect(await page.evaluate(() => document.documentElement.scrollWidth)).toBe(sizes.telephone.width);
  }
});

const faultsOf = (page: Page, name: string): Promise<string[]> =>
  axeFaults(page, (scheme) => shoot(page, `admin-axe-${name}-${scheme}`, true));
