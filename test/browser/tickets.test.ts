// Pages of supervised profiles in Chromium, unchanged: their tickets start one session, which the service watches over.
import type { Browser } from "playwright-core";
import { afterAll, beforeAll, expect, it } from "vitest";
import { launchChromium } from "../support/chromium.ts";
import { exampleIn } from "../support/documentation.ts";
import { bundlePage, openClientPage } from "./client-page.ts";
import { openDeepChat } from "./deep-chat-page.ts";

const yaml = `
profiles:
  default:
    session:
      type: realtime
      model: gpt-realtime-2.1
      instructions: You answer questions about our shop, briefly.
      audio: { input: { turn_detection: { type: server_vad, silence_duration_ms: 400 } } }
    tools: [current_time]
    supervision: enforce
`;

let browser: Browser;
beforeAll(async () => {
  browser = await launchChromium({ microphone: "speech" });
});
afterAll(() => browser.close());

const instructed = { instructions: "You answer questions about our shop, briefly." };
const html = { "index.html": '<script type="module" src="/page.js"></script>' };

it("Deep Chat hears and speaks, and the service sits beside it", async () => {
  await using voice = await openDeepChat(browser, { supervision: "enforce" });
  await voice.page.locator(".deep-chat-openai-realtime-toggle").click();
  await voice.until("state", "live");
  await voice.until("line", { role: "assistant", final: true });
  expect(await voice.calls()).toMatchObject([{ open: true, sidebands: 1 }]);
  const [mint] = voice.broker.logs.filter(({ route }) => route === "/ephemeral-key");
  expect(mint).toMatchObject({ status: 200, profile: "default" });
  expect(JSON.stringify(voice.broker.logs)).not.toMatch(/[ev][kg]_[\w-]{43}/);
  await voice.page.evaluate(() => window.bridge.stop());
});

it("OpenAI's Agents SDK talks by the documentation's lines, and keeps the profile's instructions", async () => {
  const code = `const userToken = undefined;\n${exampleIn("docs/client.md", "ts", "<!-- example: agents -->")}
session.on("transport_event", ({ type }) => { if (type === "response.done") window.said = [type]; });`;
  const page = { files: { ...html, "page.js": await bundlePage(code) }, yaml };
  await using voice = await openClientPage(browser, page);
  await voice.page.waitForFunction(() => window.said);
  const [call] = await voice.calls();
  expect(call).toMatchObject({ session: instructed, sidebands: 1 });
});

it("a page without any library connects with a ticket, and cannot use it again", async () => {
  const code = `
const get = await fetch("https://broker.example.com/ephemeral-key");
const { value, connect } = await get.json();
const send = async () => {
  const peer = new RTCPeerConnection();
  peer.addTrack((await navigator.mediaDevices.getUserMedia({ audio: true })).getTracks()[0]);
  const channel = peer.createDataChannel("oai-events");
  const told = new Promise((resolve) => { channel.onmessage = ({ data }) => resolve(JSON.parse(data)); });
  await peer.setLocalDescription(await peer.createOffer());
  const headers = { authorization: "Bearer " + value, "content-type": "application/sdp" };
  const answer = await fetch(connect.webrtc, { method: "POST", headers, body: peer.localDescription.sdp });
  if (!answer.ok) return { status: answer.status };
  await peer.setRemoteDescription({ type: "answer", sdp: await answer.text() });
  return { status: answer.status, location: answer.headers.get("location"), first: await told };
};
window.both = [await send(), await send()];`;
  await using voice = await openClientPage(browser, { files: { ...html, "page.js": code }, yaml });
  await voice.page.waitForFunction(() => "both" in window);
  expect(await voice.page.evaluate(() => (window as unknown as { both: unknown }).both)).toEqual([
    {
      status: 201,
      location: expect.stringMatching(/^\/v1\/realtime\/calls\/rtc_/),
      first: expect.objectContaining({
        type: "session.created",
        session: expect.objectContaining(instructed),
      }),
    },
    { status: 401 },
  ]);
  expect(await voice.calls()).toHaveLength(1);
});
