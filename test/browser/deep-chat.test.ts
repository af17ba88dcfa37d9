// A conversation through Deep Chat, in real Chromium, from the press of the button to the spoken answer.
import type { Browser } from "playwright-core";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { launchChromium } from "../support/chromium.ts";
import { reportIn } from "./client-page.ts";
import { openDeepChat } from "./deep-chat-page.ts";

describe("Deep Chat, with a user who speaks", () => {
  let browser: Browser;
  beforeAll(async () => {
    browser = await launchChromium({ microphone: "speech" });
  });
  afterAll(() => browser.close());

  it("hears, answers aloud, calls a tool through the service and speaks its answer", async () => {
    await using voice = await openDeepChat(browser);
    await voice.ask("script", "PUT", {
      turns: [
        {
          hears: "What time is it in Tokyo?",
          calls: [{ name: "current_time", arguments: { time_zone: "Asia/Tokyo" } }],
          says: "The clock says {answer}",
        },
      ],
    });
    await voice.page.locator(".deep-chat-openai-realtime-toggle").click();
    await voice.until("state", "live");
    expect(await voice.told("sts-session-started")).toHaveLength(1);

    await voice.until("line", { role: "user", final: true, text: "What time is it in Tokyo?" });
    const call = await voice.until("tool", { status: "answered" });
    expect(call).toMatchObject({ name: "current_time", answer: { time_zone: "Asia/Tokyo" } });
    expect(await voice.page.evaluate(() => window.heardSound())).toBeGreaterThan(0.01);
    const answer = await voice.until("line", { role: "assistant", final: true });
    expect(answer).toMatchObject({ text: expect.stringMatching(/^The clock says .*Asia\/Tokyo/) });

    const logged = voice.broker.logs.filter(({ path }) => String(path).includes("current_time"));
    expect(JSON.stringify(voice.broker.logs)).not.toContain("ek_");
    expect(logged.length).toBeGreaterThan(0);
    const [seen] = await voice.calls();
    expect(seen?.seconds_of_speech_heard).toBeGreaterThan(0.5);

    // Deep Chat tells the page of each finished line once, as it always did.
    await voice.until("message", { role: "ai" });
    const messages = (await voice.told("message")) as { role: string; text: string }[];
    expect(messages.slice(0, 2).map(({ role }) => role)).toEqual(["user", "ai"]);
    expect(messages.filter(({ text }) => text.startsWith("The clock says"))).toHaveLength(1);
    const lines = (await voice.told("line")) as { id: string; final: boolean }[];
    const ids = lines.filter(({ final }) => final).map(({ id }) => id);
    expect(new Set(ids).size).toBe(ids.length);
    await voice.page.screenshot({ path: "test-output/deep-chat-live.png" });
    await voice.page.evaluate(() => window.bridge.stop());
    await expect.poll(() => reportIn(voice)).toMatchObject({ output: expect.any(Number) });
  });
});

describe("Deep Chat's view", () => {
  let browser: Browser;
  beforeAll(async () => {
    browser = await launchChromium();
  });
  afterAll(() => browser.close());

  it("loads nothing from elsewhere, and works under a strict policy", async () => {
    await using voice = await openDeepChat(browser);
    await voice.page.evaluate(() => window.bridge.start());
    await voice.page.evaluate(() => window.bridge.stop());
    expect(await voice.told("violation")).toEqual([]);
    expect(voice.outside).toEqual([]);
    expect(voice.consoleErrors).toEqual([]);
    expect(await voice.page.locator("deep-chat img").getAttribute("src")).toMatch(/^data:image\/svg/);
    expect(await voice.page.locator("head link[href*='//']").count()).toBe(0);
  });

  it("fills its place, and keeps the font that was set for it", async () => {
    await using voice = await openDeepChat(browser);
    const box = await voice.page.locator("deep-chat").boundingBox();
    const place = await voice.page.locator("main").boundingBox();
    expect(box?.width).toBe(place?.width);
    const font = await voice.page.locator("deep-chat").evaluate(({ style }) => style.fontFamily);
    expect(font).toContain("system-ui");
  });

  it("has buttons that a screen reader can name and a keyboard can press", async () => {
    await using voice = await openDeepChat(browser);
    const { page } = voice;
    await page.getByRole("button", { name: "Start talking" }).focus();
    await page.keyboard.press("Space");
    await voice.until("state", "live");
    const mute = page.getByRole("button", { name: "Mute microphone" });
    await mute.focus();
    await page.keyboard.press("Enter");
    await page.getByRole("button", { name: "Unmute microphone" }).waitFor();
    const enabled = () =>
      page.evaluate(() => window.element._activeService._mediaStream?.getAudioTracks()[0]?.enabled);
    expect(await enabled()).toBe(false);
    await page.keyboard.press("Space");
    await mute.waitFor();
    expect(await enabled()).toBe(true);
    await page.getByRole("button", { name: "Stop talking" }).press("Enter");
    await voice.until("state", "stopped");
    await page.getByRole("button", { name: "Start talking" }).waitFor();
  });
});
