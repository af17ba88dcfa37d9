// The voice page for everybody: keyboard, screen reader, either theme, a telephone.
import type { Browser, Page } from "playwright-core";
import { afterAll, beforeAll, expect, test } from "vitest";
import { launchChromium } from "../support/chromium.ts";
import { openVoicePage, shoot } from "./voice-page.ts";

let browser: Browser;
beforeAll(async () => {
  browser = await launchChromium({ microphone: "speech" });
});
afterAll(() => browser.close());

const turns = [
  {
    hears: "What time is it in Tokyo?",
    calls: [
      { name: "current_time", arguments: { time_zone: "Asia/Tokyo" } },
      { name: "convert_units", arguments: { value: 1, from: "metre", to: "gram" } },
    ],
    says: "The tool has answered.",
  },
];

/** Talks until the page shows bubbles, an answered call and a failed one. */
const talk = async (page: Page): Promise<void> => {
  await page.getByRole("button", { name: "Start talking" }).click();
  const conversation = page.getByRole("region", { name: "What was said" });
  await conversation.getByText("The tool has answered.").waitFor();
  await conversation.getByText(/Failed in/).waitFor();
};

const focused = (page: Page): Promise<string> =>
  page.evaluate(() => document.activeElement?.textContent?.trim().replaceAll(/\s+/g, " ") ?? "");

test("the whole page can be used by keyboard", async () => {
  await using voice = await openVoicePage(browser, { turns });
  const { page } = voice;
  await page.getByText("current_time").first().waitFor();
  await page.keyboard.press("Tab");
  expect(await focused(page)).toBe("Skip to the start button");
  await page.keyboard.press("Enter");
  expect(await focused(page)).toBe("Start talking");
  expect(await page.evaluate(() => getComputedStyle(document.activeElement as Element).outlineStyle)).toBe(
    "solid",
  );
  await page.keyboard.press("Enter");
  await page.getByRole("status").getByText("Live").waitFor();
  await page.keyboard.press("Tab");
  expect(await focused(page)).toBe("Mute");
  await page.keyboard.press("Space");
  await page.getByText("Your microphone is muted.").waitFor();
  await page.keyboard.press("Escape");
  await page.getByRole("status").getByText("Stopped").waitFor();
  const reached = new Set<string>();
  for (let step = 0; step < 5; step += 1) {
    await page.keyboard.press("Tab");
    reached.add(await page.evaluate(() => document.activeElement?.id ?? ""));
  }
  expect([...reached]).toEqual(expect.arrayContaining(["scroller", "copy", "snippet"]));
});

test("a screen reader finds landmarks, headings, names and announcements", async () => {
  await using voice = await openVoicePage(browser, { turns });
  const { page } = voice;
  await talk(page);
  const tree = await page.locator("body").ariaSnapshot();
  for (const line of [
    "- banner:",
    "- main:",
    "- complementary",
    '- heading "Realtime Key Broker" [level=1]',
    '- heading "Conversation" [level=2]',
    '- button "Stop"',
    '- button "Mute"',
    '- log "Spoken lines"',
  ])
    expect(tree).toContain(line);
  const log = page.getByRole("log");
  await log.getByText("Assistant: The tool has answered.").waitFor();
  expect(await log.innerText()).toMatch(/Tool convert_units failed\./);
  // Deep Chat's own buttons are not there twice.
  expect(await page.getByRole("button", { name: /microphone|talking/ }).count()).toBe(0);
  const { title, lang } = await page.evaluate(() => ({
    title: document.title,
    lang: document.documentElement.lang,
  }));
  expect({ title, lang }).toEqual({ title: "Realtime Key Broker", lang: "en" });
});

/** Cards that lie over one another, at several places of the scrolled page. */
const overlaps = (): string[] => {
  const nameOf = (card: Element): string => card.querySelector("h2")?.textContent ?? card.className;
  const found = new Set<string>();
  for (let top = 0; top <= document.documentElement.scrollHeight; top += 100) {
    scrollTo(0, top);
    const boxes = [...document.querySelectorAll(".card")]
      .filter((card) => card.checkVisibility())
      .map((card) => ({ name: nameOf(card), box: card.getBoundingClientRect() }));
    for (const one of boxes)
      for (const other of boxes) {
        if (one === other || one.box.right <= other.box.left || other.box.right <= one.box.left) continue;
        if (one.box.bottom > other.box.top && one.box.top < other.box.top)
          found.add(`${one.name} over ${other.name}`);
      }
  }
  return [...found];
};

test("no part covers another on a screen of any width, scrolled or not", async () => {
  await using voice = await openVoicePage(browser, { turns });
  const { page } = voice;
  await page.getByText("current_time").first().waitFor();
  for (const width of [320, 390, 760, 900, 1100, 1179, 1180, 1300, 1440]) {
    await page.setViewportSize({ width, height: 800 });
    expect({ width, overlaps: await page.evaluate(overlaps) }).toEqual({ width, overlaps: [] });
    expect(await page.evaluate(() => document.documentElement.scrollWidth)).toBe(width);
    const conversation = await page.locator(".conversation").boundingBox();
    expect(conversation?.height).toBeGreaterThan(width < 760 ? 290 : 600);
  }
});

test("on a telephone nothing is cut off, and everything is large enough to touch", async () => {
  const context = { viewport: { width: 360, height: 740 }, hasTouch: true, isMobile: true };
  await using voice = await openVoicePage(browser, { turns, context });
  const { page } = voice;
  expect(await page.getByRole("button", { name: "Start talking" }).isVisible()).toBe(true);
  await talk(page);
  await shoot(page, "page-phone", true);
  expect(await page.evaluate(() => document.documentElement.scrollWidth)).toBe(360);
  const small = await page.evaluate(() =>
    [...document.querySelectorAll("button, input, select, summary")]
      .filter((control) => control.checkVisibility())
      .map((control) => ({ name: control.textContent, box: control.getBoundingClientRect() }))
      .filter(({ box }) => box.width < 44 || box.height < 44)
      .map(({ name }) => name),
  );
  expect(small).toEqual([]);
});

test("who asked for less motion gets none", async () => {
  await using voice = await openVoicePage(browser, { turns, context: { reducedMotion: "reduce" } });
  await talk(voice.page);
  const moving = await voice.page.evaluate(() => document.getAnimations().length);
  expect(moving).toBe(0);
});
