// Users on the operator's page, with the keyboard alone.
import type { Browser } from "playwright-core";
import { afterAll, beforeAll, expect, test } from "vitest";
import { launchChromium } from "../support/chromium.ts";
import { openAdminPage, operatorToken } from "./admin-page.ts";
import { shoot } from "./voice-page.ts";

let browser: Browser;
beforeAll(async () => {
  browser = await launchChromium();
});
afterAll(() => browser.close());

const path = `/admin?view=users#token=${operatorToken}`;

test("an operator adds a user, changes, disables and enables them, with the keyboard alone", async () => {
  await using admin = await openAdminPage(browser, { path, isEmpty: true });
  const { page, broker, troubles } = admin;
  const { keyboard } = page;
  await page.getByText("No users yet").waitFor();
  await page.getByRole("button", { name: "Add user" }).focus();
  await keyboard.press("Enter");
  const form = page.getByRole("dialog", { name: "Add user" });
  await form.getByLabel("Name").focus();
  await keyboard.type("ada");
  await keyboard.press("Tab");
  await keyboard.type("search");
  await keyboard.press("Tab");
  await keyboard.type("support, lead");
  await shoot(page, "admin-add-user");
  await keyboard.press("Enter");
  const shown = page.getByRole("dialog", { name: "The token of ada" });
  const token = (await shown.locator("code").textContent()) ?? "";
  expect(token).toMatch(/^rkb_/);
  await shoot(page, "admin-token");
  const tools = () => broker.fetch("/tools", { headers: { authorization: `Bearer ${token}` } });
  expect((await tools()).status).toBe(200);
  await keyboard.press("Escape");
  const row = page.getByRole("row", { name: /ada/ });
  expect(await row.textContent()).toMatch(/active.*search.*support, lead/);
  // It is shown this once.
  expect(await page.locator("body").textContent()).not.toContain(token);

  await page.getByRole("button", { name: "Change ada" }).press("Enter");
  const change = page.getByRole("dialog", { name: "Change ada" });
  await change.getByLabel("Keys").focus();
  await keyboard.type("5 per minute");
  await keyboard.press("Enter");
  await row.getByText("keys 5 per minute").waitFor();

  await page.getByRole("button", { name: "Disable ada" }).press("Enter");
  await page.getByText("ada is disabled.").waitFor();
  await row.getByText("disabled", { exact: true }).waitFor();
  await expect.poll(async () => (await tools()).status).toBe(401);
  await page.getByRole("button", { name: "Enable ada" }).press("Space");
  await row.getByText("active", { exact: true }).waitFor();
  expect(troubles).toEqual([]);
});

test("a new token is shown once, and the old one goes on as long as was chosen", async () => {
  await using admin = await openAdminPage(browser, { path, isEmpty: true });
  const { page, broker } = admin;
  const headers = { authorization: `Bearer ${operatorToken}`, "content-type": "application/json" };
  const added = await broker.fetch("/admin/api/users", { method: "POST", headers, body: '{"name":"ada"}' });
  const { token: first } = await added.json();
  await page.reload();
  // Only the fragment changes.
  await page.goto(new URL(path, broker.url).href);
  await page.getByRole("button", { name: "New token for ada" }).press("Enter");
  await page.getByLabel("The tokens from before").selectOption("end at once");
  await page.getByRole("button", { name: "Make and show it" }).press("Enter");
  const second =
    (await page.getByRole("dialog", { name: "The token of ada" }).locator("code").textContent()) ?? "";
  const statusOf = async (token: string) =>
    (await broker.fetch("/tools", { headers: { authorization: `Bearer ${token}` } })).status;
  expect(await statusOf(second)).toBe(200);
  await expect.poll(() => statusOf(first)).toBe(401);
});

test("what is wrong in the form is said in the form, which stays as it is", async () => {
  await using admin = await openAdminPage(browser, { path, isEmpty: true });
  const { page } = admin;
  await page.getByRole("button", { name: "Add user" }).press("Enter");
  const form = page.getByRole("dialog", { name: "Add user" });
  await form.getByLabel("Name").fill("a b");
  await form.getByLabel("Tool calls").fill("often");
  await page.keyboard.press("Enter");
  const alert = form.getByRole("alert");
  await alert.getByText("limits/tool_calls").waitFor();
  expect(await alert.textContent()).toMatch(/name must be 1 to 64 letters/);
  expect(await form.getByLabel("Tool calls").inputValue()).toBe("often");
});
