// What axe finds wrong on the voice page: nothing, in each of its states and in both themes.
import { readFile } from "node:fs/promises";
import type axe from "axe-core";
import type { Browser, Page } from "playwright-core";
import { afterAll, beforeAll, expect, test } from "vitest";
import { launchChromium } from "../support/chromium.ts";
import { openVoicePage, patientProfile, shoot } from "./voice-page.ts";

declare global {
  interface Window {
    axe: typeof axe;
  }
}

const source = await readFile(new URL("../../node_modules/axe-core/axe.min.js", import.meta.url), "utf8");
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
    soft_error: "Cancellation failed: no active response found.",
    says: "The tool has answered.",
  },
];

/** Every fault in either theme, with the elements that have it. */
const faults = async (page: Page, name: string): Promise<string[]> => {
  const found: string[] = [];
  await page.evaluate(source);
  for (const colorScheme of ["light", "dark"] as const) {
    await page.emulateMedia({ colorScheme });
    found.push(...(await page.evaluate(runAxe)).map((fault) => `${colorScheme}: ${fault}`));
    await shoot(page, `axe-${name}-${colorScheme}`, true);
  }
  return found;
};

const runAxe = async (): Promise<string[]> => {
  // Colours in the middle of a transition are not those to judge.
  const passing = document.getAnimations().filter(({ effect }) => effect?.getTiming().iterations === 1);
  await Promise.allSettled(passing.map(({ finished }) => finished));
  const { violations } = await window.axe.run();
  return violations.flatMap(({ id, nodes }) =>
    nodes.map(({ target, any }) => `${id}: ${target} ${any[0]?.message ?? ""}`),
  );
};

test("axe finds nothing, whether the page is idle, speaking, in trouble or written on", async () => {
  await using voice = await openVoicePage(browser, { turns });
  const { page } = voice;
  await page.getByText("current_time").first().waitFor();
  expect(await faults(page, "idle")).toEqual([]);

  await page.getByRole("button", { name: "Start talking" }).click();
  const conversation = page.getByRole("region", { name: "What was said" });
  await conversation.getByText("The tool has answered.").waitFor();
  await conversation.getByText(/Failed in/).waitFor();
  expect(await faults(page, "speaking")).toEqual([]);

  await page.getByRole("button", { name: "Stop" }).click();
  await voice.emulator.fail({ path: "/v1/realtime/client_secrets", status: 500, times: 5 });
  await page.getByRole("button", { name: "Start talking" }).click();
  await page.getByRole("alert").getByText("For developers").click();
  expect(await faults(page, "error")).toEqual([]);

  await voice.emulator.script([{ says: "Good day." }]);
  await page.getByRole("button", { name: "Write instead" }).click();
  await page.getByRole("textbox", { name: "Your message" }).fill("Hello");
  await page.keyboard.press("Enter");
  await page.getByText("Good day.").waitFor();
  expect(await faults(page, "writing")).toEqual([]);
});

test("nor where the user's words are not written down, which the page explains", async () => {
  const yaml = patientProfile().replace("transcription: { model: gpt-transcribe }", "transcription: null");
  await using voice = await openVoicePage(browser, { yaml });
  const { page } = voice;
  await page.getByRole("button", { name: "Start talking" }).click();
  await page.getByText("(spoken, not written down)").first().waitFor();
  await page.getByText("the profile default has no input transcription").waitFor();
  await page.getByText("audio.input.transcription", { exact: true }).waitFor();
  expect(await faults(page, "unwritten")).toEqual([]);
});

test("nor where a token is needed", async () => {
  const yaml = "callers: { tokens: [{ name: ada, token: ada-0123456789abcdef }] }";
  await using voice = await openVoicePage(browser, { yaml });
  await voice.page.getByLabel("Access token").waitFor();
  expect(await faults(voice.page, "token")).toEqual([]);
});
