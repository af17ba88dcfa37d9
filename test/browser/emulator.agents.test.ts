// The Agents SDK in Chromium, in a WebRTC call with the emulator.
import { mkdtemp, readFile, rm } from "node:fs/promises";
import { createServer, type Server } from "node:http";
import type { AddressInfo } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import OpenAI from "openai";
import type { Browser, Page } from "playwright-core";
import { build } from "vite";
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, test } from "vitest";
import { type Emulator, startEmulator } from "../../emulator/emulator.ts";
import { faultsOf } from "../emulator/event-check.ts";
import { launchChromium } from "../support/chromium.ts";
import type { Seen } from "./pages/emulator-agents/main.ts";

let folder: string;
let site: Server;
let speaking: Browser;
let silent: Browser;
let emulator: Emulator;
let client: OpenAI;
let page: Page;
let now: number;

beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), "agents-page-"));
  const root = new URL("./pages/emulator-agents/", import.meta.url).pathname;
  await build({
    root,
    configFile: false,
    logLevel: "silent",
    build: { outDir: folder, emptyOutDir: true, minify: false },
  });
  site = createServer(async (request, response) => {
    const path = request.url ?? "/";
    const type = path.endsWith(".js") ? "text/javascript" : "text/html";
    const file = await readFile(join(folder, path)).catch(() => undefined);
    response.writeHead(file ? 200 : 404, { "content-type": type }).end(file);
  });
  await new Promise<void>((resolve) => site.listen(0, "127.0.0.1", resolve));
  [speaking, silent] = await Promise.all([launchChromium({ microphone: "speech" }), launchChromium()]);
});
afterAll(async () => {
  await Promise.all([speaking.close(), silent.close()]);
  site.close();
  await rm(folder, { recursive: true });
});

beforeEach(async () => {
  now = Date.now();
  emulator = await startEmulator({ now: () => now });
  client = new OpenAI({ baseURL: emulator.baseUrl, apiKey: "sk-test" });
});
afterEach(async () => {
  await page.close();
  await emulator.close();
});

const seen = (): Promise<Seen> => page.evaluate(() => window.agents.seen);
const eventually = { timeout: 60_000, interval: 100 };

const start = async (browser: Browser, seconds = 60): Promise<void> => {
  page = await browser.newPage();
  await page.goto(`http://127.0.0.1:${(site.address() as AddressInfo).port}/index.html`);
  const { value } = await client.realtime.clientSecrets.create({ expires_after: { seconds } });
  const options = { key: value, url: `${emulator.baseUrl}/realtime/calls`, timeZone: "Asia/Tokyo" };
  await page.evaluate((given) => window.agents.start(given), options);
};

describe("the Agents SDK over WebRTC in Chromium", () => {
  test("is heard, has its tool called, and hears both answers aloud", async () => {
    await start(speaking);
    expect((await seen()).status).toBe("connected");
    await expect.poll(async () => (await seen()).asked, eventually).toEqual(["Asia/Tokyo"]);
    await expect
      .poll(async () => (await seen()).spoken, eventually)
      .toEqual(["", "The tool has answered: a quarter past nine"]);
    await expect.poll(async () => (await seen()).loudest, eventually).toBeGreaterThan(0.05);
    expect((await seen()).heard[0]).toMatch(/the emulator heard \d\.\d s of speech/);
    await page.evaluate(() => {
      window.agents.seen.loudest = 0;
    });
    await expect
      .poll(async () => (await seen()).spoken, eventually)
      .toContain("I can hear you, loud and clear.");
    await expect.poll(async () => (await seen()).loudest, eventually).toBeGreaterThan(0.05);
    const { errors, events } = await seen();
    expect(errors).toEqual([]);
    expect(events.flatMap(faultsOf)).toEqual([]);
  });

  test("speaks by Chromium's own fake microphone, as the tests of others do", async () => {
    await using beeping = await launchChromium({ microphone: "beeps" });
    await start(beeping);
    const answers = ["", "The tool has answered: a quarter past nine", "I can hear you, loud and clear."];
    await expect.poll(async () => (await seen()).spoken, eventually).toEqual(answers);
    const { errors, events, heard } = await seen();
    expect(heard[0]).toMatch(/the emulator heard \d\.\d s of speech/);
    expect(errors).toEqual([]);
    // No beep interrupts an answer.
    expect(events.map(({ type }) => type)).not.toContain("conversation.item.truncated");
  });

  test("may write instead, and is not heard when nobody speaks", async () => {
    await start(silent);
    await page.evaluate(() => window.agents.say("What time is it?"));
    await expect.poll(async () => (await seen()).spoken, eventually).toHaveLength(2);
    const { events } = await seen();
    expect(events.map(({ type }) => type)).not.toContain("input_audio_buffer.speech_started");
    await page.evaluate(() => window.agents.stop());
    await expect
      .poll(async () => (await fetch(new URL("/emulator/calls", emulator.baseUrl))).text(), eventually)
      .toContain('"open":false');
  });

  test("goes on past the key's expiry, until it is hung up", async () => {
    await start(silent, 10);
    now += 3_600_000;
    await page.evaluate(() => window.agents.say("Still there?"));
    await expect.poll(async () => (await seen()).spoken, eventually).toHaveLength(2);
    // Only the key that made a call may hang it up, and that one has expired.
    const { callId } = await seen();
    await fetch(new URL(`/emulator/calls/${callId}/hangup`, emulator.baseUrl), { method: "POST" });
    await expect.poll(async () => (await seen()).status, eventually).toBe("disconnected");
  });
});
