// Who gets into the operator's page, and what others get to see of it: nothing.
import type { Browser } from "playwright-core";
import { afterAll, beforeAll, expect, test } from "vitest";
import { launchChromium } from "../support/chromium.ts";
import { startIdentityProvider } from "../support/identity-provider.ts";
import { adminYaml, openAdminPage, operatorToken } from "./admin-page.ts";
import { shoot } from "./voice-page.ts";

let browser: Browser;
beforeAll(async () => {
  browser = await launchChromium();
});
afterAll(() => browser.close());

test("a caller without the right sees nothing, also not in what the service answers", async () => {
  await using admin = await openAdminPage(browser, { path: "/admin" });
  const { page, answers } = admin;
  await page.getByLabel("Access token").fill("alice-0123456789abcdef");
  await page.keyboard.press("Enter");
  await page.getByText("you are no operator").waitFor();
  expect(await page.getByLabel("Access token").inputValue()).toBe("");
  expect(await page.locator("body").textContent()).not.toMatch(/user:|\$\d/);
  expect(answers.join()).not.toMatch(/user:\w|cost|gpt-/);
  await shoot(page, "admin-refused");
});

test("a wrong token is told, and none is asked for again while the right one is used", async () => {
  await using admin = await openAdminPage(browser, { path: "/admin" });
  const { page } = admin;
  const field = page.getByLabel("Access token");
  await field.fill("no-token-of-this-service");
  await page.getByRole("button", { name: "Use token" }).click();
  await page.getByText("That token is not known here").waitFor();
  await field.fill(operatorToken);
  await page.keyboard.press("Enter");
  await page.getByRole("heading", { name: "Spend by day" }).waitFor();
});

test("the token is gone with the page, unless the operator keeps it for the tab", async () => {
  await using admin = await openAdminPage(browser, { path: "/admin" });
  const { page } = admin;
  const signIn = async () => {
    await page.getByLabel("Access token").fill(operatorToken);
    await page.keyboard.press("Enter");
    await page.getByRole("button", { name: "Sign out" }).waitFor();
  };
  const stored = () =>
    page.evaluate(() => JSON.stringify([{ ...sessionStorage }, { ...localStorage }, document.cookie]));
  await signIn();
  expect(await stored()).not.toContain(operatorToken);
  await page.reload();
  await page.getByLabel("Keep it for this tab").check();
  await signIn();
  await page.reload();
  await page.getByRole("button", { name: "Sign out" }).click();
  await page.getByLabel("Access token").waitFor();
  expect(await stored()).not.toContain(operatorToken);
});

test("every call carries the token in its header, and no cookie", async () => {
  await using admin = await openAdminPage(browser);
  const { page } = admin;
  const calls: Record<string, string>[] = [];
  page.on("request", async (request) => {
    if (/\/(?:admin\/api\/(?!sign-in)|usage\/)/.test(request.url())) calls.push(await request.allHeaders());
  });
  await page.getByRole("button", { name: "7d" }).click();
  await page.getByRole("link", { name: "Users" }).click();
  await expect.poll(() => calls.length).toBeGreaterThan(2);
  for (const { authorization, cookie } of calls)
    expect([authorization, cookie]).toEqual([`Bearer ${operatorToken}`, undefined]);
});

test("an operator signs in with the identity provider, and is back where the link led", async () => {
  await using provider = await startIdentityProvider();
  const yaml = `
callers:
  issuers:
    - { issuer: "${provider.issuer}", audience: voice, algorithms: [RS256], claims: { roles: [scope] } }
operators:
  allow: [role:admin]
  sign_in: { issuer: "${provider.issuer}", client_id: operators-page, scope: mint admin }
`;
  const others = [provider.issuer];
  await using admin = await openAdminPage(browser, {
    yaml,
    others,
    path: "/admin?range=7d",
    signInAt: provider,
  });
  const { page, troubles } = admin;
  await shoot(page, "admin-sign-in");
  await page.getByRole("button", { name: `Sign in with ${new URL(provider.issuer).host}` }).click();
  await page.getByLabel("Name").fill("olga");
  await page.getByRole("button", { name: "Continue" }).click();
  await page.getByRole("heading", { name: "Spend by day" }).waitFor();
  expect(new URL(page.url()).search).toBe("?range=7d");
  expect(await page.evaluate(() => JSON.stringify({ ...sessionStorage }))).toBe("{}");
  expect(troubles).toEqual([]);
});

test("an answer that no sign-in of this tab asked for is not taken", async () => {
  await using provider = await startIdentityProvider();
  const yaml =
    `${adminYaml.trimEnd().slice(0, -1)}, sign_in: { issuer: "${provider.issuer}", client_id: operators-page } }`.replace(
      "callers:\n",
      `callers:\n  issuers:\n    - { issuer: "${provider.issuer}", audience: voice, algorithms: [RS256] }\n`,
    );
  const path = "/admin?code=stolen&state=made-up";
  await using admin = await openAdminPage(browser, { yaml, path, others: [provider.issuer] });
  await admin.page.getByText("This sign-in was begun in another tab").waitFor();
  expect(new URL(admin.page.url()).search).toBe("");
});

test("it stands below a base path", async () => {
  const env = { BASE_PATH: "/voice" };
  await using admin = await openAdminPage(browser, { env, path: `/voice/admin#token=${operatorToken}` });
  await admin.page.getByRole("heading", { name: "Spend by day" }).waitFor();
  expect(admin.troubles).toEqual([]);
});
