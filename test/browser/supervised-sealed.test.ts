// A page of a sealed profile in Chromium: it sends and hears nothing but sound, and reads captions by server-sent events.
import type { Browser } from "playwright-core";
import { afterAll, beforeAll, expect, it } from "vitest";
import { launchChromium } from "../support/chromium.ts";
import { openClientPage } from "./client-page.ts";

interface SealedPage {
  begin(hasChannel: boolean): Promise<{ status: number; problem?: object }>;
  told: { event: string; data: Record<string, unknown> }[];
  packets(): Promise<number>;
}

declare global {
  interface Window {
    sealed: SealedPage;
  }
}

const yaml = `
profiles:
  default:
    supervision: sealed
    voice: { max_minutes: 0.2, notice_seconds: 4 }
    tools: [{ name: current_time, run: server }]
    session:
      type: realtime
      model: gpt-realtime-2.1
      instructions: A secret recipe.
      audio: { input: { transcription: { model: gpt-4o-mini-transcribe } } }
`;
const page = `
const told = [];
let peer;
const read = async (grant) => {
  const headers = { authorization: "Bearer " + grant, accept: "text/event-stream" };
  const answer = await fetch("https://broker.example.com/sessions/current", { headers });
  let text = "";
  for await (const part of answer.body.pipeThrough(new TextDecoderStream())) {
    text += part;
    const blocks = text.split("\\n\\n");
    text = blocks.pop();
    for (const block of blocks) {
      const [, event] = /^event: ?(.*)$/m.exec(block) ?? [];
      const [, data] = /^data: ?(.*)$/m.exec(block) ?? [];
      if (data) told.push({ event, data: JSON.parse(data) });
    }
  }
  told.push({ event: "over", data: {} });
};
window.sealed = {
  told,
  packets: async () =>
    [...(await peer.getStats()).values()].find(({ type }) => type === "inbound-rtp")?.packetsReceived ?? 0,
  begin: async (hasChannel) => {
    const { value, connect, supervision } = await (await fetch("https://broker.example.com/ephemeral-key")).json();
    peer = new RTCPeerConnection();
    const microphone = await navigator.mediaDevices.getUserMedia({ audio: true });
    peer.addTrack(microphone.getAudioTracks()[0], microphone);
    if (hasChannel) peer.createDataChannel("oai-events");
    await peer.setLocalDescription();
    const headers = { authorization: "Bearer " + value, "content-type": "application/sdp" };
    const answer = await fetch(connect.webrtc, { method: "POST", headers, body: peer.localDescription.sdp });
    if (!answer.ok) return { status: answer.status, problem: await answer.json() };
    await peer.setRemoteDescription({ type: "answer", sdp: await answer.text() });
    void read(supervision.grant);
    return { status: answer.status };
  },
};`;

let browser: Browser;
beforeAll(async () => {
  browser = await launchChromium({ microphone: "speech" });
});
afterAll(() => browser.close());

it("hears, reads captions and tools as they come, sees no instructions, and learns why it ended", async () => {
  const files = { "index.html": '<script type="module" src="/page.js"></script>', "page.js": page };
  await using client = await openClientPage(browser, { files, yaml });
  const begin = (hasChannel: boolean) => client.page.evaluate((has) => window.sealed.begin(has), hasChannel);
  const refused = await begin(true);
  expect(refused).toMatchObject({ status: 422, problem: { error: { code: "offer-invalid" } } });
  expect(await client.calls()).toEqual([]);

  expect(await begin(false)).toEqual({ status: 201 });
  const told = () => client.page.evaluate(() => window.sealed.told);
  await expect.poll(async () => (await told()).map(({ event }) => event)).toContain("over");
  const captions = (by: string) =>
    told().then((all) =>
      all.filter(({ event, data }) => event === "caption" && data.by === by && data.whole),
    );
  expect(await captions("user")).not.toEqual([]);
  expect(JSON.stringify(await captions("assistant"))).toContain("time_zone");
  const seen = await told();
  expect(seen.filter(({ event }) => event === "tool").map(({ data }) => data)).toEqual(
    expect.arrayContaining([
      { name: "current_time", state: "asked" },
      { name: "current_time", state: "answered" },
    ]),
  );
  expect(seen.map(({ event }) => event)).toContain("ends-soon");
  expect(seen.findLast(({ event }) => event === "state")?.data).toMatchObject({
    state: "ended",
    reason: "duration",
  });
  expect(JSON.stringify(seen)).not.toContain("secret recipe");
  expect(await client.page.evaluate(() => window.sealed.packets())).toBeGreaterThan(20);
});
