// What axe finds wrong on the voice page: nothing, in each of its states and in both themes.
import type { Browser, Page } from "playwright-core";
import { afterAll, beforeAll, expect, test } from "vitest";
import { launchChromium } from "../support/chromium.ts";
import { axeFaults } from "./axe.ts";
import { openVoicePage, patientProfile, shoot } from "./voice-page.ts";

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

const faults = (page: Page, name: string): Promise<string[]> =>
  axeFaults(page, (scheme) => shoot(page, `axe-${name}-${scheme}`, true));

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
