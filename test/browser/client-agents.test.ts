// OpenAI's Agents SDK with the documentation's lines: the profile's settings stay, and its tools run.
import type { Browser } from "playwright-core";
import { afterAll, beforeAll, expect, it } from "vitest";
import { launchChromium } from "../support/chromium.ts";
import { exampleIn } from "../support/documentation.ts";
import { bundlePage, type ClientPage, openClientPage, reportIn } from "./client-page.ts";

declare global {
  interface Window {
    said: string[];
  }
}

const yaml = `
profiles:
  default:
    session:
      type: realtime
      model: gpt-realtime-2.1
      instructions: You answer questions about our shop, briefly.
      tracing: null
      audio:
        input: { turn_detection: { type: server_vad, silence_duration_ms: 400 }, transcription: { model: whisper-1 } }
        output: { voice: cedar, speed: 1.1 }
    tools: [current_time]
`;
const listening = `
window.said = [];
session.on("transport_event", ({ type, transcript }) => {
  if (type === "response.output_audio_transcript.done") window.said.push(transcript);
});
`;

let browser: Browser;
beforeAll(async () => {
  browser = await launchChromium({ microphone: "speech" });
});
afterAll(() => browser.close());

const open = async (change: (lines: string) => string = (lines) => lines): Promise<ClientPage> => {
  const lines = change(exampleIn("docs/client.md", "ts", "<!-- example: agents -->"));
  const code = `const userToken = undefined;\n${lines.replace("const key", `${listening}const key`)}`;
  const files = {
    "index.html": '<script type="module" src="/page.js"></script>',
    "page.js": await bundlePage(code),
  };
  return openClientPage(browser, { files, yaml });
};
const said = ({ page }: ClientPage, words: string) =>
  page.waitForFunction((wanted) => window.said?.find((line) => line.includes(wanted)), words);
const toolNames = (session: Record<string, unknown>) =>
  (session.tools as { name: string }[]).map(({ name }) => name);

it("an agent without instructions keeps the profile's settings, and its tool is run by the service", async () => {
  await using voice = await open();
  await said(voice, "time_zone");
  const [call] = await voice.calls();
  const updates = call?.client_events.filter(({ type }) => type === "session.update");
  expect(updates).toEqual([expect.objectContaining({ session: { type: "realtime" } })]);
  expect(call?.session).toMatchObject({
    instructions: "You answer questions about our shop, briefly.",
    tracing: null,
    audio: {
      input: {
        turn_detection: { type: "server_vad", silence_duration_ms: 400 },
        transcription: { model: "whisper-1" },
      },
      output: { voice: "cedar", speed: 1.1 },
    },
  });
  expect(toolNames(call?.session ?? {})).toEqual(["current_time"]);
  await expect.poll(() => reportIn(voice)).toMatchObject({ output: expect.any(Number) });
});

it("an agent's own instructions and tool are taken beside the profile's", async () => {
  const mine = `tool({ name: "show", description: "Shows a page.", parameters: { type: "object", properties: {},
    required: [], additionalProperties: true }, strict: false, execute: () => "shown" })`;
  await using voice = await open((lines) =>
    lines.replace(
      "tools: await agentTools(broker, tool)",
      `instructions: "Be brief.", tools: [${mine}, ...(await agentTools(broker, tool))]`,
    ),
  );
  await said(voice, "shown");
  const [call] = await voice.calls();
  expect(call?.session).toMatchObject({ instructions: "Be brief.", audio: { output: { voice: "cedar" } } });
  expect(toolNames(call?.session ?? {})).toEqual(["show", "current_time"]);
});
