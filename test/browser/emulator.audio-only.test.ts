// A call of Chromium with the emulator that has no data channel: the page speaks and hears, the server sees and is not told the end.
import type { Browser, Page } from "playwright-core";
import { afterAll, afterEach, beforeAll, beforeEach, expect, test } from "vitest";
import { type Emulator, startEmulator } from "../../emulator/emulator.ts";
import { type CallClient, createCallClient, idIn } from "../emulator/call-client.ts";
import { launchChromium } from "../support/chromium.ts";

declare global {
  interface Window {
    peer: RTCPeerConnection;
  }
}

let browser: Browser;
let emulator: Emulator;
let client: CallClient;
let page: Page;

beforeAll(async () => {
  browser = await launchChromium({ microphone: "speech" });
});
afterAll(() => browser.close());
beforeEach(async () => {
  emulator = await startEmulator();
  client = createCallClient(emulator.baseUrl);
  page = await browser.newPage();
  // Any page of this machine may use the microphone.
  await page.goto(new URL("/emulator/script", emulator.baseUrl).href);
});
afterEach(async () => {
  await page.close();
  await emulator.close();
});

const offer = (): Promise<string> =>
  page.evaluate(async () => {
    window.peer = new RTCPeerConnection();
    const microphone = await navigator.mediaDevices.getUserMedia({ audio: true });
    for (const track of microphone.getTracks()) window.peer.addTrack(track, microphone);
    await window.peer.setLocalDescription();
    return window.peer.localDescription?.sdp ?? "";
  });

const packetsHeard = (): Promise<number> =>
  page.evaluate(async () => {
    const stats = [...(await window.peer.getStats()).values()];
    return stats.find(({ type }) => type === "inbound-rtp")?.packetsReceived ?? 0;
  });

const eventually = { timeout: 20_000, interval: 100 };

test("speaks, is heard and answered; when the page leaves, the call ends and the sideband stays open", async () => {
  const sdp = await offer();
  expect(sdp).not.toContain("m=application");
  const session = { type: "realtime" as const, audio: { input: { transcription: { model: "whisper-1" } } } };
  const response = await client.openai.realtime.calls.create({ sdp, session });
  const id = idIn(response);
  const beside = await client.sideband(id);
  const answer = { type: "answer" as const, sdp: await response.text() };
  await page.evaluate((given) => window.peer.setRemoteDescription(given), answer);
  const heard = await beside.next("conversation.item.input_audio_transcription.completed");
  expect(heard.transcript).toMatch(/the emulator heard \d\.\d s of speech/);
  await beside.next("output_audio_buffer.stopped");
  expect(await packetsHeard()).toBeGreaterThan(50);
  expect(beside.faults()).toEqual([]);

  await page.evaluate(() => window.peer.close());
  await expect.poll(client.reports, eventually).toMatchObject([{ id, open: false, ended_by: "caller" }]);
  const events = beside.events.length;
  beside.send({ type: "session.update", session: { type: "realtime" } });
  await new Promise((resolve) => {
    beside.socket.once("pong", resolve);
    beside.socket.ping();
  });
  expect(beside.events).toHaveLength(events);
});
