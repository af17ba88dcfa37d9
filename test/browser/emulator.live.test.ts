// GPT-Live in Chromium by the openai package, with a server beside it that creates the session and joins it.
import { mkdtemp, readFile, rm } from "node:fs/promises";
import { createServer, type Server } from "node:http";
import type { AddressInfo } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { text } from "node:stream/consumers";
import OpenAI from "openai";
import type { MediaSessionConfig } from "openai/resources/live/live";
import type { Browser, Page } from "playwright-core";
import { build } from "vite";
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, test } from "vitest";
import { type Emulator, startEmulator } from "../../emulator/emulator.ts";
import { faultsOf } from "../emulator/live-check.ts";
import { attach, control, countOf, type Sideband } from "../emulator/live-client.ts";
import { launchChromium } from "../support/chromium.ts";
import type { LiveSeen } from "./pages/openai-live/main.ts";

const config: MediaSessionConfig = {
  model: "gpt-live-1",
  client: {
    data_channel: {
      allowed_client_events: ["session.close", "session.input_audio.mute", "session.input_audio.unmute"],
      allowed_server_events: [
        { type: "session.started" },
        { type: "session.closed" },
        { type: "session.input_transcript.delta" },
        { type: "session.output_transcript.delta" },
        { type: "session.input_audio.muted" },
        { type: "response.event", response_event: "response.completed" },
        { type: "error" },
        { type: "info" },
      ],
    },
  },
  delegation: {
    type: "responses",
    responses: {
      model: "gpt-5.6-luna",
      tools: [{ type: "function", name: "get_time", parameters: { type: "object", properties: {} } }],
    },
  },
};

let folder: string;
let site: Server;
let speaking: Browser;
let emulator: Emulator;
let page: Page;
let id: string;
let sideband: Sideband;

const createSession = async (body: string): Promise<unknown> => {
  const client = new OpenAI({ baseURL: emulator.baseUrl, apiKey: "sk-test", maxRetries: 0 });
  const { sdp } = JSON.parse(body) as { sdp: string };
  const created = await client.live.create({ session: config, transport: { type: "webrtc", sdp } });
  id = created.session.id;
  sideband = await attach(emulator, id);
  return created;
};

beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), "live-page-"));
  const root = new URL("./pages/openai-live/", import.meta.url).pathname;
  await build({ root, configFile: false, logLevel: "silent", build: { outDir: folder, emptyOutDir: true } });
  site = createServer(async (request, response) => {
    const path = request.url ?? "/";
    if (path === "/api/session") {
      const created = await createSession(await text(request));
      response.writeHead(201, { "content-type": "application/json" }).end(JSON.stringify(created));
      return;
    }
    const file = await readFile(join(folder, path)).catch(() => undefined);
    const type = path.endsWith(".js") ? "text/javascript" : "text/html";
    response.writeHead(file ? 200 : 404, { "content-type": type }).end(file);
  });
  await new Promise<void>((resolve) => site.listen(0, "127.0.0.1", resolve));
  speaking = await launchChromium({ microphone: "speech" });
});
afterAll(async () => {
  await speaking.close();
  site.close();
  await rm(folder, { recursive: true });
});

beforeEach(async () => {
  emulator = await startEmulator();
  page = await speaking.newPage();
  await page.goto(`http://127.0.0.1:${(site.address() as AddressInfo).port}/index.html`);
  await page.evaluate(() => window.live.start());
});
afterEach(async () => {
  await page.close();
  await emulator.close();
});

const seen = (): Promise<LiveSeen> => page.evaluate(() => window.live.seen);
const send = (event: object): Promise<void> => page.evaluate((given) => window.live.send(given), event);
const typesSeen = async (): Promise<unknown[]> => (await seen()).events.map(({ type }) => type);
const eventually = { timeout: 20_000, interval: 100 };
const said = (events: Record<string, unknown>[]): string =>
  events.flatMap(({ type, delta }) => (type === "session.output_transcript.delta" ? delta : [])).join("");

/** The loudest of the copies, 0 to 1. */
const loudestCopy = (type: string, member: string): number =>
  sideband.audio
    .filter((event) => event.type === type)
    .map((event) => Buffer.from(String(event[member]), "base64"))
    .reduce((loudest, pcm) => {
      const samples = new Int16Array(pcm.buffer, pcm.byteOffset, pcm.length / 2);
      return samples.reduce((most, sample) => Math.max(most, Math.abs(sample) / 32_768), loudest);
    }, 0);

describe("OpenAILiveWebRTC in Chromium", () => {
  test("is heard and answered aloud, while the server runs the tool and hears both", async () => {
    expect((await typesSeen()).slice(0, 2)).toEqual(["info", "session.started"]);
    const { item } = await nested("response.output_item.done");
    const { call_id } = item as { call_id: string };
    sideband.send({
      type: "response.item.create",
      item: { type: "function_call_output", call_id, output: "noon" },
    });
    await nested("response.completed");
    sideband.send({ type: "response.create" });
    await expect.poll(async () => said((await seen()).events), eventually).toContain("has answered: noon");
    await expect.poll(async () => (await seen()).loudest, eventually).toBeGreaterThan(0.05);
    expect(loudestCopy("session.input_audio.append", "audio")).toBeGreaterThan(0.05);
    expect(loudestCopy("session.output_audio.delta", "delta")).toBeGreaterThan(0.05);
    const { events } = await seen();
    const inner = events.flatMap(({ event }) => (event as { type?: string } | undefined)?.type ?? []);
    expect(new Set(inner)).toEqual(new Set(["response.completed"]));
    expect(events.map(({ type }) => type)).not.toContain("session.delegation.created");
    expect([...events.flatMap(faultsOf), ...sideband.faults()]).toEqual([]);
  });

  test("may only send what the session's lists allow", async () => {
    await send({ type: "response.create", event_id: "page_1" });
    await expect.poll(typesSeen, eventually).toContain("error");
    expect((await seen()).events.find(({ type }) => type === "error")).toMatchObject({
      error: { code: "forbidden", client_event_id: "page_1" },
    });
    await control(emulator, "PUT", "/settings", { refused_client_events: "silence" });
    await send({ type: "session.instructions.append", content: "Be rude.", delegation_id: null });
    await send({ type: "session.input_audio.mute" });
    await expect.poll(typesSeen, eventually).toContain("session.input_audio.muted");
    expect((await typesSeen()).filter((type) => type === "error")).toHaveLength(1);
    expect(await countOf(emulator, id)).toMatchObject({ muted: true });
    await send({ type: "session.close" });
    await expect.poll(typesSeen, eventually).toContain("session.closed");
    await expect.poll(async () => (await seen()).state, eventually).toBe("closed");
  });

  test("that leaves without a word is billed until it is missed", async () => {
    await control(emulator, "PUT", "/settings", { vanish_delay_ms: 500 });
    await page.evaluate(() => window.live.leave());
    expect((await sideband.next("session.closed")).reason).toBe("connection_lost");
    expect(await countOf(emulator, id)).toMatchObject({ ended_by: "connection_lost", seconds_billed: 15 });
  });
});

/** The next event of the model behind the voice that is of this type. */
const nested = async (type: string): Promise<Record<string, unknown>> => {
  for (;;) {
    const { event } = await sideband.next("response.event");
    const inner = event as Record<string, unknown>;
    if (inner.type === type) return inner;
  }
};
