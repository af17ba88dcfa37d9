// The client without Deep Chat: a page that does its own WebRTC, and OpenAI's Agents SDK.
import { readFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import type { Browser, Page } from "playwright-core";
import { build } from "vite";
import { afterAll, beforeAll, describe, expect, inject, it } from "vitest";
import { type Emulator, startEmulator } from "../../emulator/emulator.ts";
import { createTestBroker, type TestBroker } from "../support/broker.ts";
import { launchChromium } from "../support/chromium.ts";
import { servePage } from "./deep-chat-page.ts";

interface Heard {
  type: string;
  transcript?: string;
}

declare global {
  interface Window {
    heard: Heard[];
    session: { sendMessage(text: string): void; close(): void };
  }
}

const page = (name: string): string => new URL(`./pages/client-${name}/page.js`, import.meta.url).pathname;
const html =
  '<!doctype html><title>Client</title><audio autoplay></audio><script type="module" src="/page.js"></script>';

/** A page for browsers, with what it imports from node_modules inside. */
const bundlePage = async (entry: string): Promise<string> => {
  const outDir = join(tmpdir(), `realtime-key-broker-page-${process.pid}`);
  const lib = { entry, formats: ["es" as const], fileName: () => "page.js" };
  const rolldownOptions = { output: { codeSplitting: false } };
  const how = { lib, outDir, emptyOutDir: true, rolldownOptions };
  await build({ configFile: false, publicDir: false, logLevel: "error", build: how });
  return readFile(join(outDir, "page.js"), "utf8");
};

describe("brokerClient in a page of one's own", () => {
  let browser: Browser;
  let emulator: Emulator;
  let broker: TestBroker | undefined;
  let site: Awaited<ReturnType<typeof servePage>> | undefined;

  beforeAll(async () => {
    browser = await launchChromium({ microphone: "speech" });
    emulator = await startEmulator();
  });
  afterAll(async () => {
    await browser.close();
    site?.close();
    await broker?.stop();
    await emulator.close();
  });

  const open = async (files: Record<string, string>): Promise<Page> => {
    site?.close();
    await broker?.stop();
    const reachable = new URL(emulator.baseUrl).origin;
    site = await servePage({ "index.html": html, ...files }, () => `${reachable} ${broker?.url}`);
    const yaml = `{ cors: { origins: ["${site.origin}"] }, callers: { guests: loopback } }`;
    broker = await createTestBroker({ openai: emulator.baseUrl, yaml });
    const opened = await browser.newPage();
    await opened.addInitScript(() => {
      window.heard = [];
      document.addEventListener("realtime", (event) => window.heard.push((event as CustomEvent).detail));
    });
    await opened.goto(`${site.origin}/?broker=${broker.url}`);
    return opened;
  };
  const heard = (opened: Page, type: string) =>
    opened.waitForFunction((wanted) => window.heard.find((event) => event.type === wanted), type);

  it("is enough for fifteen lines of WebRTC", async () => {
    const opened = await open({
      "page.js": await readFile(page("raw"), "utf8"),
      "client.js": inject("clientModule"),
    });
    await heard(opened, "session.created");
    await heard(opened, "input_audio_buffer.speech_stopped");
    await heard(opened, "response.created");
    await opened.close();
  });

  it("gives the Agents SDK its key and address, and runs its tools", async () => {
    const opened = await open({ "page.js": await bundlePage(page("agents")) });
    await opened.waitForFunction(() => window.session);
    const done = await heard(opened, "response.output_audio_transcript.done");
    expect((await done.jsonValue())?.transcript).toContain("Europe/Berlin");
    await opened.evaluate(() => window.session.close());
    await opened.close();
  });
});
