// The operator's page: who used what is seen at a glance, and narrowed from the keyboard or the address.
import { readFile } from "node:fs/promises";
import type { Browser } from "playwright-core";
import { afterAll, beforeAll, expect, test } from "vitest";
import { keepRecords } from "../support/books.ts";
import { launchChromium } from "../support/chromium.ts";
import { usageRecord } from "../support/usage-records.ts";
import { openAdminPage, operatorToken, paintedPixels } from "./admin-page.ts";
import { shoot } from "./voice-page.ts";

let browser: Browser;
beforeAll(async () => {
  browser = await launchChromium();
});
afterAll(() => browser.close());

test("charts are drawn, and their figures stand in tables too", async () => {
  await using admin = await openAdminPage(browser);
  const { page, troubles } = admin;
  const chart = page.getByRole("region", { name: "Spend by day", exact: true });
  await chart.locator("canvas").waitFor();
  await expect.poll(() => paintedPixels(page, "Spend by day")).toBeGreaterThan(20_000);
  await expect.poll(() => paintedPixels(page, "Latency by day")).toBeGreaterThan(2000);
  await chart.getByText("Show as a table").click();
  expect(await chart.getByRole("row").count()).toBe(31);
  expect(await chart.getByRole("columnheader").allTextContents()).toContain("user:ada");
  await shoot(page, "admin-overview", true);
  expect(troubles).toEqual([]);
});

test("the chart's figures add up to the tile's", async () => {
  await using admin = await openAdminPage(browser);
  const { page } = admin;
  const chart = page.getByRole("region", { name: "Spend by day", exact: true });
  const dollars = (texts: string[]) =>
    texts.reduce((sum, text) => sum + Number(text.replace(/[$,]/g, "")), 0);
  await chart.getByText("Show as a table").click();
  const cells = await chart.getByRole("cell").allTextContents();
  const tile = await page.locator(".tile .value").first().textContent();
  expect(dollars(cells)).toBeCloseTo(dollars([tile ?? ""]), 0);
});

test("a row narrows everything to itself, the address says so, and the back button undoes it", async () => {
  await using admin = await openAdminPage(browser);
  const { page } = admin;
  const all = await page.locator(".tile .value").first().textContent();
  await page.getByRole("button", { name: "user:bjarne" }).press("Enter");
  await page.getByText("User: user:bjarne").waitFor();
  expect(new URL(page.url()).searchParams.get("user")).toBe("user:bjarne");
  await expect.poll(() => page.locator(".tile .value").first().textContent()).not.toBe(all);
  await page.getByRole("button", { name: "Models" }).click();
  await page.getByRole("button", { name: "gpt-5.1-mini" }).waitFor();
  await page.getByRole("button", { name: "7d" }).click();
  expect(new URL(page.url()).search).toBe("?range=7d&by=model&user=user%3Abjarne");
  await page.goBack();
  await page.goBack();
  await page.goBack();
  await expect.poll(() => page.locator(".tile .value").first().textContent()).toBe(all);
  expect(await page.getByText("User: user:bjarne").count()).toBe(0);
});

test("an address shows to another operator what it showed to the first", async () => {
  const path = `/admin?range=7d&tz=Asia%2FTokyo&by=team&measure=tokens&model=gpt-5.1#token=${operatorToken}`;
  await using admin = await openAdminPage(browser, { path });
  const { page } = admin;
  await page.getByRole("region", { name: "Tokens by day" }).locator("canvas").waitFor();
  expect(await page.getByLabel("Time zone").inputValue()).toBe("Asia/Tokyo");
  await page.getByText("Model: gpt-5.1").waitFor();
  await page
    .getByRole("row", { name: /search/ })
    .first()
    .waitFor();
  // The token is in no address.
  expect(page.url()).not.toContain(operatorToken);
});

test("tables are sorted by any column, and saved as CSV", async () => {
  await using admin = await openAdminPage(browser);
  const { page } = admin;
  const table = page.getByRole("region", { name: "Users", exact: true });
  const names = () => table.locator("tbody th button").allTextContents();
  await table.getByRole("button", { name: "Keys", exact: true }).waitFor();
  await table.getByRole("button", { name: "Spend" }).click();
  const dearest = await names();
  await table.getByRole("button", { name: "Spend" }).click();
  expect(await names()).toEqual(dearest.toReversed());
  const saved = page.waitForEvent("download");
  await page.getByRole("button", { name: "Download CSV" }).click();
  const text = await readFile(await (await saved).path(), "utf8");
  expect(text).toMatch(/^user,requests,.*\r\n(?:user:\w+,\d.*\r\n){10}$/);
});

test("a request's story says what happened, and is a link", async () => {
  const path = `/admin?view=requests#token=${operatorToken}`;
  await using admin = await openAdminPage(browser, { path });
  const { page } = admin;
  await page.getByRole("row", { name: /502/ }).getByRole("link").first().click();
  const story = page.getByRole("dialog", { name: "Request" });
  await story.getByText(/It was refused: .*2 attempts were made/).waitFor();
  await story.getByText("timed out after 8.0 s").waitFor();
  await story.getByText(/^OpenAI answered 500/).waitFor();
  expect(new URL(page.url()).searchParams.get("request")).toMatch(/^req-/);
  await page.waitForTimeout(300);
  await shoot(page, "admin-story");
  await page.keyboard.press("Escape");
  await expect.poll(() => new URL(page.url()).searchParams.has("request")).toBe(false);
});

test("a request that ends now appears by itself, and the sums follow", async () => {
  await using admin = await openAdminPage(browser);
  const { page, books } = admin;
  await page.getByText("Live", { exact: true }).waitFor();
  const before = await page.locator(".tile .value").first().textContent();
  const more = { at: Date.now(), caller: "user:newcomer", costNanoUsd: 500_000_000_000 };
  await keepRecords(books.database, "sqlite", [usageRecord("just-now", more)]);
  await page
    .getByRole("region", { name: "Newest requests", exact: true })
    .getByText("user:newcomer")
    .first()
    .waitFor();
  await expect.poll(() => page.locator(".tile .value").first().textContent()).not.toBe(before);
});

test("where nothing happened yet, the page says how to begin", async () => {
  await using admin = await openAdminPage(browser, { isEmpty: true });
  const { page, troubles } = admin;
  await page.getByText("No requests here yet").waitFor();
  await page.getByText("No budgets yet").waitFor();
  await shoot(page, "admin-empty", true);
  expect(troubles).toEqual([]);
});
