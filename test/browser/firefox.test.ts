// Every way of talking in Firefox too: the voice page, Deep Chat, plain WebRTC, and the Agents SDK.
import type { Browser } from "playwright-core";
import { afterAll, beforeAll, expect, test } from "vitest";
import { exampleIn } from "../support/documentation.ts";
import { heardSound, keepPeers, launchFirefox } from "../support/firefox.ts";
import { bundlePage, openClientPage, type SeenCall } from "./client-page.ts";
import { openDeepChat } from "./deep-chat-page.ts";
import { openVoicePage } from "./voice-page.ts";

let browser: Browser;
beforeAll(async () => {
  browser = await launchFirefox();
});
afterAll(() => browser.close());

const turns = [
  {
    hears: "What time is it in Tokyo?",
    calls: [{ name: "current_time", arguments: { time_zone: "Asia/Tokyo" } }],
    says: "The tool has answered: {answer}",
  },
];
const answer = /The tool has answered: .*Asia\/Tokyo/;
const yaml = `
profiles:
  default:
    session:
      type: realtime
      model: gpt-realtime-2.1
      instructions: You answer questions about our shop, briefly.
      audio: { input: { transcription: { model: gpt-transcribe } } }
    tools: [current_time]
`;
const expectHeard = ([call]: Pick<SeenCall, "seconds_of_speech_heard">[]) =>
  expect(call?.seconds_of_speech_heard).toBeGreaterThan(0.3);

test("the voice page hears, calls a tool and answers aloud, and takes what is written", async () => {
  await using voice = await openVoicePage(browser, { turns, before: keepPeers });
  const { page } = voice;
  await page.getByRole("button", { name: "Start talking" }).click();
  const conversation = page.getByRole("region", { name: "What was said" });
  await conversation.getByText("What time is it in Tokyo?").waitFor();
  await conversation.getByText(answer).waitFor();
  await heardSound(page);
  expectHeard((await voice.emulator.seen<{ calls: SeenCall[] }>("calls")).calls);
  await page.keyboard.press("Escape");
  await page.getByRole("status").getByText("Stopped").waitFor();
  await voice.emulator.script([{ says: "Good day." }]);
  await page.getByRole("button", { name: "Write instead" }).press("Enter");
  await page.locator("#text-input:focus").waitFor();
  await page.keyboard.type("Hello");
  await page.keyboard.press("Enter");
  await page.getByText("Good day.").waitFor();
  expect(voice.troubles).toEqual([]);
});

test("Deep Chat on another page hears, calls a tool and answers aloud", async () => {
  await using voice = await openDeepChat(browser);
  await voice.ask("script", "PUT", { turns });
  await voice.page.getByRole("button", { name: "Start talking" }).click();
  await voice.until("line", { role: "user", final: true, text: "What time is it in Tokyo?" });
  await voice.until("tool", { status: "answered" });
  const line = await voice.until("line", { role: "assistant", final: true });
  expect(line).toMatchObject({ text: expect.stringMatching(answer) });
  await voice.page.evaluate(() => {
    const { _pc: peer } = window.element._activeService;
    window.peers = peer ? [peer] : [];
  });
  await heardSound(voice.page);
  expectHeard(await voice.calls());
  expect(voice.outside).toEqual([]);
  expect(voice.consoleErrors).toEqual([]);
});

test("a page of plain WebRTC hears, calls a tool, answers, and releases the microphone", async () => {
  const html = exampleIn("docs/client.md", "html", "<!-- example: webrtc -->");
  await using voice = await openClientPage(browser, { files: { "index.html": html }, yaml });
  const told: string[] = [];
  voice.page.on("console", (line) => told.push(line.text()));
  await voice.ask("script", "PUT", { turns });
  await voice.page.getByRole("button", { name: "Talk" }).click();
  await expect.poll(() => told.join("\n"), { timeout: 60_000, interval: 50 }).toMatch(answer);
  expect(told).toContain("user: What time is it in Tokyo?");
  expectHeard(await voice.calls());
  await voice.page.evaluate(() => window.voice.close());
  expect(await voice.microphones()).toEqual(["ended"]);
  await expect.poll(async () => (await voice.calls()).map(({ open }) => open)).toEqual([false]);
});

test("an agent of the Agents SDK keeps the profile's settings, and its tool is run by the service", async () => {
  const lines = exampleIn("docs/client.md", "ts", "<!-- example: agents -->");
  const listening = `session.on("transport_event", ({ type, transcript }) => {
    if (type === "response.output_audio_transcript.done") console.log(transcript);
  });\n`;
  const code = `const userToken = undefined;\n${lines.replace("const key", `${listening}const key`)}`;
  const files = {
    "index.html": "<!doctype html>",
    "page.js": await bundlePage(code),
  };
  await using voice = await openClientPage(browser, { files, yaml });
  const told: string[] = [];
  voice.page.on("console", (line) => told.push(line.text()));
  await voice.ask("script", "PUT", { turns });
  await voice.page.addScriptTag({ type: "module", url: "/page.js" });
  await expect.poll(() => told.join("\n"), { timeout: 60_000, interval: 50 }).toMatch(answer);
  const [call] = await voice.calls();
  expect(call?.session).toMatchObject({ instructions: "You answer questions about our shop, briefly." });
  expect(call?.session.tools).toMatchObject([{ name: "current_time" }]);
});
