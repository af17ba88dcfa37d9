// The voice page in Chromium: the user presses one button, speaks, and is answered.
import type { Browser } from "playwright-core";
import { afterAll, beforeAll, expect, test } from "vitest";
import { launchChromium } from "../support/chromium.ts";
import { openVoicePage, patientProfile, shoot } from "./voice-page.ts";

let browser: Browser;
beforeAll(async () => {
  browser = await launchChromium({ microphone: "speech" });
});
afterAll(() => browser.close());

const tokyo = { name: "current_time", arguments: { time_zone: "Asia/Tokyo" } };

test("one press, and the page talks: heard, answered aloud, a tool called, its answer spoken", async () => {
  const turns = [
    {
      hears: "What time is it in Tokyo?",
      calls: [tokyo],
      says: "The tool has answered: {answer}",
    },
  ];
  await using voice = await openVoicePage(browser, { turns });
  const { page } = voice;
  const calledTool = page.waitForRequest((request) => new URL(request.url()).pathname === "/current_time");

  await page.getByRole("button", { name: "Start talking" }).click();
  await page.getByRole("status").getByText("Live").waitFor();
  const conversation = page.getByRole("region", { name: "What was said" });
  await conversation.getByText("What time is it in Tokyo?").waitFor();
  expect((await calledTool).postDataJSON()).toEqual({ time_zone: "Asia/Tokyo" });
  await conversation.getByText(/Answered in \d+ ms/).waitFor();
  await conversation.getByText(/The tool has answered: .*UTC\+09:00/).waitFor();
  // Before the call the model only listened: what is loud is the answer.
  await page.waitForFunction(() => document.documentElement.dataset.loudSince);
  const loudSince = await page.evaluate(() => Number(document.documentElement.dataset.loudSince));
  expect(loudSince).toBeGreaterThan((await calledTool).timing().startTime);

  const facts = page.getByRole("region", { name: "Session", exact: true });
  expect(await facts.innerText()).toMatch(/default.*gpt-realtime-2\.1.*marin.*left/s);
  expect(await page.getByText("Local emulator").isVisible()).toBe(true);
  await shoot(page, "page-live");
  const { calls } = await voice.emulator.seen<{ calls: { seconds_of_speech_heard: number }[] }>("calls");
  expect(calls[0]?.seconds_of_speech_heard).toBeGreaterThan(0.5);
  expect(voice.troubles).toEqual([]);
});

test("a failing tool is shown, and the session goes on", async () => {
  const apples = { name: "convert_units", arguments: { value: 1, from: "metre", to: "gram" } };
  const turns = [{ calls: [apples] }, { says: "That is interesting. Please tell me more." }];
  await using voice = await openVoicePage(browser, { turns });
  const { page } = voice;
  await page.getByRole("button", { name: "Start talking" }).click();
  const conversation = page.getByRole("region", { name: "What was said" });
  await conversation.getByText(/Failed in \d+ ms/).waitFor();
  await conversation
    .getByText(/must be a unit of length/)
    .first()
    .waitFor();
  await conversation.getByText("Please tell me more.").waitFor();
  expect(await page.getByRole("status").innerText()).toBe("Live");
});

test("two calls at once are both answered", async () => {
  const marathon = { name: "convert_units", arguments: { value: 26.2, from: "mile", to: "kilometre" } };
  const turns = [{ preamble: "Let me check.", calls: [tokyo, marathon], says: "Both: {answer}" }];
  await using voice = await openVoicePage(browser, { turns });
  const { page } = voice;
  await page.getByRole("button", { name: "Start talking" }).click();
  const conversation = page.getByRole("region", { name: "What was said" });
  await conversation.getByText("Let me check.").waitFor();
  await conversation.getByText(/Both: .*Asia\/Tokyo.*42\.16/).waitFor();
  expect(await conversation.getByText(/Answered in/).count()).toBe(2);
  expect(voice.troubles).toEqual([]);
});

test("after a stop and the key's expiry a new start works, with a key of its own", async () => {
  await using voice = await openVoicePage(browser, { yaml: patientProfile("ttl_seconds: 10") });
  const { page } = voice;
  await page.getByRole("button", { name: "Start talking" }).click();
  await page.getByRole("status").getByText("Live").waitFor();
  await page.getByText(/^\d+ s left$/).waitFor();
  await page.getByText("The session goes on; a new start fetches a new key.").waitFor();
  expect(await page.getByRole("status").innerText()).toBe("Live");
  await page.getByRole("button", { name: "Stop" }).click();
  await page.getByRole("status").getByText("Stopped").waitFor();
  await page.getByText("Expired. A new start fetches a new key.").waitFor();
  await page.getByRole("button", { name: "Start talking" }).click();
  await page.getByRole("status").getByText("Live").waitFor();
  await page.getByText(/^\d+ s left$/).waitFor();
  type Seen = { requests: { path: string; headers: Record<string, string> }[] };
  const { requests } = await voice.emulator.seen<Seen>("requests");
  const offers = requests.filter(({ path }) => path === "/v1/realtime/calls");
  expect(new Set(offers.map(({ headers }) => headers.authorization)).size).toBe(2);
  expect(voice.troubles).toEqual([]);
});

test("muted, the page sends silence", async () => {
  await using voice = await openVoicePage(browser);
  const { page } = voice;
  const mute = page.getByRole("button", { name: "Mute" });
  await mute.click();
  expect(await mute.getAttribute("aria-pressed")).toBe("true");
  await page.getByRole("button", { name: "Start talking" }).click();
  await page.getByText("Your microphone is muted.").waitFor();
  // Longer than the fake microphone keeps silent between two questions.
  await page.getByText(/^([7-9]|\d\d) s$/).waitFor();
  expect(await page.getByRole("region", { name: "What was said" }).getByRole("listitem").count()).toBe(0);
  await mute.click();
  await page.getByRole("region", { name: "What was said" }).getByRole("listitem").first().waitFor();
});

test("another profile can be chosen, also one that only writes down what it hears", async () => {
  const dictation = `
  dictation:
    session:
      type: transcription
      audio: { input: { transcription: { model: gpt-transcribe }, turn_detection: { type: server_vad } } }
  brief:
    session: { type: realtime, model: gpt-realtime-2.1-mini, audio: { output: { voice: cedar } } }
    tools: [current_time]
`;
  const turns = [{ hears: "Buy some milk." }];
  const options = { yaml: patientProfile() + dictation, turns, path: "/?profile=dictation" };
  await using voice = await openVoicePage(browser, options);
  const { page } = voice;
  const profile = page.getByLabel("Profile");
  await profile.waitFor();
  expect(await profile.inputValue()).toBe("dictation");
  await page.getByRole("button", { name: "Start talking" }).click();
  await page.getByRole("region", { name: "What was said" }).getByText("Buy some milk.").waitFor();
  expect(await profile.isDisabled()).toBe(true);
  await page.getByRole("button", { name: "Stop" }).click();
  await profile.selectOption("brief");
  await page.getByRole("button", { name: "Start talking" }).click();
  await page.getByText("gpt-realtime-2.1-mini").waitFor();
  await page.getByRole("status").getByText("Live").waitFor();
  expect(voice.troubles).toEqual([]);
});
