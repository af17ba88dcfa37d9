// The voice page where its profile is GPT-Live.
import type { Browser } from "playwright-core";
import { afterAll, beforeAll, expect, test } from "vitest";
import { launchChromium } from "../support/chromium.ts";
import { openVoicePage } from "./voice-page.ts";

let browser: Browser;
beforeAll(async () => {
  browser = await launchChromium({ microphone: "speech" });
});
afterAll(() => browser.close());

const yaml = (voice: string): string => `
callers: { guests: loopback }
profiles:
  default:
    supervision: watch
    voice: ${voice}
    session: { type: live, model: gpt-live-1, audio: { output: { voice: vesper } } }
`;

test("one press, and the page talks by GPT-Live; another, and OpenAI has ended the session", async () => {
  const turns = [{ says: "Good morning from far away." }];
  await using voice = await openVoicePage(browser, { yaml: yaml("{}"), turns });
  const { page } = voice;
  await page.getByRole("button", { name: "Start talking" }).click();
  await page.getByRole("status").getByText("Live").waitFor();
  const conversation = page.getByRole("region", { name: "What was said" });
  await conversation.getByText(/heard .* of speech/).waitFor();
  await conversation.getByText("Good morning from far away.").waitFor();
  await page.waitForFunction(() => document.documentElement.dataset.loudSince);
  const facts = page.getByRole("region", { name: "Session", exact: true });
  expect(await facts.innerText()).toMatch(/gpt-live-1.*vesper/s);
  await page.getByRole("button", { name: "Stop" }).click();
  await page.getByRole("button", { name: "Start talking" }).waitFor();
  const { sessions } = await voice.emulator.seen<{ sessions: object[] }>("live/sessions");
  expect(sessions).toMatchObject([{ ended_by: "close" }]);
  // Deep Chat's bridge was asked first.
  expect(voice.troubles).toEqual([expect.stringContaining("speaks GPT-Live")]);
});

test("the page says that time is up", async () => {
  const limits = "{ max_minutes: 0.1, notice_seconds: 0 }";
  await using voice = await openVoicePage(browser, { yaml: yaml(limits), turns: [{ says: "Hello." }] });
  const { page } = voice;
  await page.getByRole("button", { name: "Start talking" }).click();
  await page
    .getByText(/The time for this conversation is up/)
    .first()
    .waitFor();
  await page.getByRole("button", { name: "Start talking" }).waitFor();
});
