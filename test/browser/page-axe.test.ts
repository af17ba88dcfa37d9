// What axe finds wrong on the voice page: nothing, in each of its states and in both themes.
import { readFile } from "node:fs/promises";
import type axe from "axe-core";
import type { Browser, Page } from "playwright-core";
import { afterAll, beforeAll, expect, test } from "vitest";
import { launchChromium } from "../support/chromium.ts";
import { buildPage, openVoicePage, patientProfile, shoot } from "./voice-page.ts";

declare global {
  interface Window {
    axe: typeof axe;
  }
}

const source = await readFile(new URL("../../node_modules/axe-core/axe.min.js", import.meta.url), "utf8");
let browser: Browser;
beforeAll(async () => {
  await buildPage();
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
    soft_error: "Cancellation failed: no active response found.",
    says: "The tool has answered.",
  },
];

/** Every fault, with the elements that have it. */
const faults = async (page: Page, name: string): Promise<string[]> => {
  await shoot(page, `axe-${name}`, true);
  await page.evaluate(source);
  return page.evaluate(async () => {
    // Colours in the middle of a transition are not those to judge.
    await Promise.allSettled(
      document.getAnimations().map((each) => each.effect?.getTiming().iterations === 1 && each.finished),
    );
    const { violations } = await window.axe.run();
    return violations.flatMap(({ id, nodes }) =>
      nodes.map(({ target, any }) => `${id}: ${target} ${any[0]?.message ?? ""}`),
    );
  });
};

test.each(["light", "dark"] as const)("axe finds nothing in the %s theme", async (colorScheme) => {
  await using voice = await openVoicePage(browser, { turns, context: { colorScheme } });
  const { page } = voice;
  const find = (state: string) => faults(page, `${state}-${colorScheme}`);
  await page.getByText("current_time").first().waitFor();
  expect(await find("idle")).toEqual([]);

  await page.getByRole("button", { name: "Start talking" }).click();
  const conversation = page.getByRole("region", { name: "What was said" });
  await conversation.getByText("The tool has answered.").waitFor();
  await conversation.getByText(/Failed in/).waitFor();
  expect(await find("speaking")).toEqual([]);

  await page.getByRole("button", { name: "Stop" }).click();
  await voice.emulator.fail({ path: "/v1/realtime/client_secrets", status: 500, times: 5 });
  await page.getByRole("button", { name: "Start talking" }).click();
  await page.getByRole("alert").getByText("For developers").click();
  expect(await find("error")).toEqual([]);

  await voice.emulator.script([{ says: "Good day." }]);
  await page.getByRole("button", { name: "Write instead" }).click();
  await page.getByRole("textbox", { name: "Your message" }).fill("Hello");
  await page.keyboard.press("Enter");
  await page.getByText("Good day.").waitFor();
  expect(await find("writing")).toEqual([]);
});

test.each(["light", "dark"] as const)(
  "nor where words are not written down, or a token is needed, in the %s theme",
  async (colorScheme) => {
    const context = { colorScheme };
    const yaml = patientProfile().replace("transcription: { model: gpt-transcribe }", "transcription: null");
    await using voice = await openVoicePage(browser, { yaml, context });
    await voice.page.getByRole("button", { name: "Start talking" }).click();
    await voice.page.getByText("(spoken, not written down)").first().waitFor();
    expect(await faults(voice.page, `unwritten-${colorScheme}`)).toEqual([]);

    const callers = "callers: { tokens: [{ name: ada, token: ada-0123456789abcdef }] }";
    await using closed = await openVoicePage(browser, { yaml: callers, context });
    await closed.page.getByLabel("Access token").waitFor();
    expect(await faults(closed.page, `token-${colorScheme}`)).toEqual([]);
  },
);
