// Voice sessions on the operator's page: who is talking, what it costs each second, and how it is ended.
import type { Browser } from "playwright-core";
import { afterAll, beforeAll, expect, test } from "vitest";
import { launchChromium } from "../support/chromium.ts";
import { sessionsIn } from "../support/kept-sessions.ts";
import { noTotals } from "../support/voice-session.ts";
import { openAdminPage, operatorToken } from "./admin-page.ts";
import { axeFaults } from "./axe.ts";
import { shoot } from "./voice-page.ts";

let browser: Browser;
beforeAll(async () => {
  browser = await launchChromium();
});
afterAll(() => browser.close());

const path = `/admin?view=sessions#token=${operatorToken}`;

test("an operator sees what a session costs while it goes on, ends it, and reads why others ended", async () => {
  await using admin = await openAdminPage(browser, { path, isEmpty: true });
  const { page, books, troubles, answers } = admin;
  await page.getByText("No supervised session is open").waitFor();
  const { add, store } = await sessionsIn(books.database);
  const now = Date.now();
  const times = { openedAt: now - 65_000, activeAt: now, endsAt: now + 600_000 };
  const costs = (usd: number) => ({ ...noTotals, tokens: 1900, costNanoUsd: usd * 1e9 });
  const bob = await add({
    ...{ id: "vs_bob", ...times, totals: costs(0.25), profile: "sales" },
    caller: { kind: "token", id: "token:bob", name: "bob", roles: [] },
  });
  await add({ id: "vs_alice", ...times, totals: costs(0.5) });
  const over = { state: "ended", reason: "moderation", endedAt: now } as const;
  await add({ id: "vs_over", ...times, ...over, totals: costs(1) });
  await page.getByText("2 conversations, $0.75 so far").waitFor();
  const row = page.getByRole("row", { name: /bob/ });
  expect(await row.textContent()).toMatch(/token:bob.*open.*sales.*1:0\d.*1.9K.*\$0.25/);
  await page.getByRole("row", { name: /alice.*what was said was flagged.*\$1.00/ }).waitFor();
  await shoot(page, "admin-sessions");
  expect(await axeFaults(page, (scheme) => shoot(page, `admin-axe-sessions-${scheme}`, true))).toEqual([]);

  // The cost ticks.
  await store.saveTotals([{ id: bob.id, term: 1, activeAt: now, totals: costs(0.31) }]);
  await row.getByText("$0.31").waitFor();
  await page.getByText("2 conversations, $0.81 so far").waitFor();

  await page.getByRole("button", { name: "End the session of token:bob" }).press("Enter");
  await page.getByText("The session of token:bob is being ended.").waitFor();
  await row.getByText("ending: an operator ended it").waitFor();
  expect((await store.find("vs_bob"))?.endRequested).toBe("operator");
  const ended = { state: "ended", reason: "operator", endedAt: Date.now() } as const;
  await store.change(bob, ended);
  await page.getByText("1 conversation, $0.50 so far").waitFor();
  const list = page.getByRole("region", { name: "Ended lately" });
  await list.getByRole("row", { name: /bob.*an operator ended it/ }).waitFor();
  expect(answers.join()).not.toContain("Be kind");
  expect(troubles).toEqual([]);
});
