// The voice page in Chromium with a supervised profile: nothing is different but the end, which it explains.
import type { Browser } from "playwright-core";
import { afterAll, beforeAll, expect, test } from "vitest";
import { launchChromium } from "../support/chromium.ts";
import { openVoicePage, patientProfile, shoot } from "./voice-page.ts";

let browser: Browser;
beforeAll(async () => {
  browser = await launchChromium({ microphone: "speech" });
});
afterAll(() => browser.close());

const short = "voice: { max_minutes: 0.2, notice_seconds: 4 }";
const live = `
callers: { guests: loopback }
profiles:
  default:
    supervision: enforce
    ${short}
    session: { type: live, model: gpt-live-1, delegation: { type: responses, responses: { model: gpt-6-luna } } }
`;

test.each([
  ["Realtime", patientProfile(`supervision: enforce\n    ${short}`), "page-supervised"],
  ["GPT-Live", live, "page-live-supervised"],
])(
  "%s: the page talks with a ticket, and says in words why the session has ended",
  async (_, yaml, picture) => {
    await using voice = await openVoicePage(browser, { yaml });
    const { page } = voice;
    await page.getByRole("button", { name: "Start talking" }).click();
    page.setDefaultTimeout(40_000);
    await page.getByRole("status").getByText("Live").waitFor();
    await page.getByRole("heading", { name: "The time for this conversation is up" }).waitFor();
    await page.getByText("the longest time that a session may last").waitFor();
    await shoot(page, picture);
    expect(await page.getByRole("button", { name: "Start talking" }).isVisible()).toBe(true);
    expect(
      voice.troubles.filter((trouble) => !/^warning: .*(The broker ended|speaks GPT-Live)/.test(trouble)),
    ).toEqual([]);
  },
);
