// What was said in a request stands in its story on the operator's page, where it was recorded.
import { randomUUID } from "node:crypto";
import type { Browser } from "playwright-core";
import { afterAll, beforeAll, expect, test } from "vitest";
import type { Content } from "../../server/ledger/content.ts";
import { sqlLedgerStore } from "../../server/ledger/store.sql.ts";
import { launchChromium } from "../support/chromium.ts";
import { usageRecord } from "../support/usage-records.ts";
import { openAdminPage, operatorToken } from "./admin-page.ts";
import { axeFaults } from "./axe.ts";
import { shoot } from "./voice-page.ts";

let browser: Browser;
beforeAll(async () => {
  browser = await launchChromium();
});
afterAll(() => browser.close());

const at = Date.now();
const said = { requestId: "said", at, isCut: false } as const;
const contents: Content[] = [
  { ...said, kind: "prompts", text: '{"input":"What is <b>this</b>?"}' },
  { ...said, kind: "answers", text: `It is a tag.\n${"More words. ".repeat(500)}`, isCut: true },
];

test("prompt and answer are shown as they are", async () => {
  const path = `/admin?view=requests&request=said#token=${operatorToken}`;
  await using admin = await openAdminPage(browser, { isEmpty: true });
  const { page, books, broker } = admin;
  await sqlLedgerStore(books.database, "sqlite").write({
    ...{ segment: randomUUID(), from: 0, to: 1 },
    entries: [{ record: usageRecord("said", { at }) }, ...contents.map((content) => ({ content }))],
  });
  await page.goto("about:blank");
  await page.goto(new URL(path, broker.url).href);
  const story = page.getByRole("dialog", { name: "Request" });
  await story.getByRole("heading", { name: "Prompt" }).waitFor();
  expect(await story.locator("pre").first().textContent()).toBe('{"input":"What is <b>this</b>?"}');
  await story.getByText("its middle is left out").waitFor();
  expect(await story.locator("pre b").count()).toBe(0);
  expect(await axeFaults(page, (scheme) => shoot(page, `admin-contents-${scheme}`))).toEqual([]);
});
