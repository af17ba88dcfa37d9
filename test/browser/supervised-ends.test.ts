// Supervised sessions in Chromium by the client module: the model says good-bye, the session ends, and the page learns why.
import type { Browser } from "playwright-core";
import { afterAll, beforeAll, expect, it } from "vitest";
import type { RealtimeConnection } from "../../client/realtime/index.ts";
import type { SessionUsage } from "../../emulator/billing/session-usage.ts";
import { launchChromium } from "../support/chromium.ts";
import { exampleIn } from "../support/documentation.ts";
import { ledgers } from "../support/ledger.ts";
import { bookedUsage } from "../support/voice-calls.ts";
import { type ClientPage, type ClientPageOptions, openClientPage } from "./client-page.ts";
import { openDeepChat } from "./deep-chat-page.ts";

declare global {
  interface Window {
    voice: RealtimeConnection;
  }
}

const profile = (voice: string): string => `
profiles:
  default:
    supervision: enforce
    voice: ${voice}
    session:
      type: realtime
      model: gpt-realtime-2.1
      audio: { input: { transcription: { model: gpt-4o-mini-transcribe } } }
`;
const SHORT = "{ max_minutes: 0.15, notice_seconds: 5, notice: Say good-bye. }";

let browser: Browser;
beforeAll(async () => {
  browser = await launchChromium({ microphone: "speech" });
});
afterAll(() => browser.close());

/** The documentation's lines, with `onEnd`. */
const open = async (yaml: string, options: Partial<ClientPageOptions> = {}) => {
  const html = exampleIn("docs/client.md", "html", "<!-- example: webrtc -->").replace(
    "onTranscript:",
    `onEnd: ({ reason }) => console.log("ended:", reason),
      onEvent: ({ type, item }) =>
        type === "conversation.item.added" && item.role === "system" && console.log("told:", item.content[0].text),
      onTranscript:`,
  );
  const client = await openClientPage(browser, { files: { "index.html": html }, yaml, ...options });
  const told: string[] = [];
  client.page.on("console", (line) => line.type() === "log" && told.push(line.text()));
  client.page.on("dialog", (dialog) => {
    told.push(dialog.message());
    void dialog.accept();
  });
  const until = (words: RegExp) =>
    expect.poll(() => told.join("\n"), { timeout: 40_000, interval: 50 }).toMatch(words);
  return { ...client, told, until };
};
const talk = ({ page }: ClientPage) => page.getByRole("button", { name: "Talk" }).click();

it("connectRealtime: the model says good-bye, and the page learns that the time was up", async () => {
  await using voice = await open(profile(SHORT));
  await talk(voice);
  await voice.until(/^told: Say good-bye\.\n(.*\n)*assistant: .+/m);
  await voice.until(/^ended: duration$/m);
  expect(voice.told.at(-1)).toBe("stopped");
  expect(voice.told).not.toContain("reconnecting");
  expect(await voice.microphones()).toEqual(["ended"]);
  expect(await voice.calls()).toMatchObject([{ open: false, ended_by: "hangup" }]);
});

it("connectRealtime: the books have to the token what OpenAI counted", async () => {
  await using ledger = await ledgers[0][1]();
  await using voice = await open(profile("{}"), { env: ledger.env });
  await talk(voice);
  await voice.until(/^assistant: .+/m);
  await voice.until(/^assistant: .+\n(.*\n)*assistant: .+/m);
  await voice.page.evaluate(() => window.voice.close());
  await expect.poll(voice.calls).toMatchObject([{ open: false }]);
  await voice.broker.stop();
  const { total } = await voice.ask<{ total: SessionUsage }>("usage");
  expect(total.output_audio_tokens).toBeGreaterThan(0);
  expect(await bookedUsage(ledger)).toEqual({
    parts: total.responses + total.transcriptions,
    input_text_tokens: total.input_text_tokens + total.transcription_input_text_tokens,
    cached_text_tokens: total.cached_text_tokens,
    output_text_tokens: total.output_text_tokens + total.transcription_output_tokens,
    input_audio_tokens: total.input_audio_tokens + total.transcription_input_audio_tokens,
    output_audio_tokens: total.output_audio_tokens,
  });
});

it("Deep Chat: the page learns that the time was up, and shows no failure", async () => {
  const supervision = `watch\n    voice: ${SHORT}`;
  await using voice = await openDeepChat(browser, { supervision });
  await voice.page.locator(".deep-chat-openai-realtime-toggle").click();
  await voice.until("line", { role: "assistant", final: true });
  await voice.until("end", { reason: "duration" });
  expect(await voice.told("state")).toEqual(["connecting", "live", "stopped"]);
  expect(await voice.told("error")).toEqual([]);
  expect(await voice.page.getByText("The time for this conversation is up").count()).toBe(1);
});
