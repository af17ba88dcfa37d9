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

/** Texts whose contrast with what lies behind them is under 4.5. */
const faintTexts = (): string[] => {
  const canvas = new OffscreenCanvas(1, 1).getContext("2d", { willReadFrequently: true });
  if (!canvas) throw new Error("no canvas");
  const paint = (colours: string[]): number => {
    canvas.clearRect(0, 0, 1, 1);
    for (const colour of colours) {
      canvas.fillStyle = colour;
      canvas.fillRect(0, 0, 1, 1);
    }
    const [red = 0, green = 0, blue = 0] = [...canvas.getImageData(0, 0, 1, 1).data].map((byte) => {
      const share = byte / 255;
      return share <= 0.04045 ? share / 12.92 : ((share + 0.055) / 1.055) ** 2.4;
    });
    return 0.2126 * red + 0.7152 * green + 0.0722 * blue;
  };
  const behind = (element: Element | null): string[] =>
    element ? [...behind(element.parentElement), getComputedStyle(element).backgroundColor] : ["white"];
  const texts = document.createTreeWalker(document.body, NodeFilter.SHOW_TEXT);
  const faint: string[] = [];
  for (let node = texts.nextNode(); node; node = texts.nextNode()) {
    const element = node.parentElement;
    if (!element?.checkVisibility() || !node.textContent?.trim() || element.matches(":disabled")) continue;
    const grounds = behind(element);
    const [text, ground] = [paint([...grounds, getComputedStyle(element).color]), paint(grounds)];
    const contrast = (Math.max(text, ground) + 0.05) / (Math.min(text, ground) + 0.05);
    if (contrast < 4.5) faint.push(`${contrast.toFixed(2)} ${node.textContent.trim()}`);
  }
  return faint;
};

for (const colorScheme of ["light", "dark"] as const) {
  test(`every text can be read in the ${colorScheme} theme`, async () => {
    await using voice = await openVoicePage(browser, { turns, context: { colorScheme } });
    const { page } = voice;
    await talk(page);
    await shoot(page, `page-talk-${colorScheme}`);
    expect(await page.evaluate(faintTexts)).toEqual([]);
    await page.getByRole("button", { name: "Stop" }).click();
    await voice.emulator.fail({ path: "/v1/realtime/client_secrets", status: 500, times: 5 });
    await page.getByRole("button", { name: "Start talking" }).click();
    await page.getByRole("alert").getByRole("heading").waitFor();
    expect(await page.evaluate(faintTexts)).toEqual([]);
  });
}

test("on a telephone nothing is cut off, and everything is large enough to touch", async () => {
  const context = { viewport: { width: 360, height: 740 }, hasTouch: true, isMobile: true };
  await using voice = await openVoicePage(browser, { turns, context });
  const { page } = voice;
  expect(await page.getByRole("button", { name: "Start talking" }).isVisible()).toBe(true);
  await talk(page);
  await shoot(page, "page-phone", true);
  expect(await page.evaluate(() => document.documentElement.scrollWidth)).toBe(360);
  const small = await page.evaluate(() =>
    [...document.querySelectorAll("button, input, select")]
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
